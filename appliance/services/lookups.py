"""Web lookups: asks a customer's service about a call, for the dialplan and for who tries it out."""

from dataclasses import dataclass, replace

import structlog

from appliance.adapters.web_service import WebService
from appliance.core.entities.lookups import Lookup
from appliance.core.lookup_request import Caller, NoAnswer, Request, asked_digits, make_request, read_answer
from appliance.services.errors import NotFound
from appliance.store.db import Database
from appliance.store.snapshots import load_snapshot

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Trial:
    """What was sent and what came back; `answer` is empty where there is none, and `trouble` says why."""

    request: Request
    text: str = ""
    answer: str = ""
    trouble: str = ""


class Lookups:
    def __init__(self, database: Database, service: WebService) -> None:
        self._database = database
        self._service = service

    async def find(self, key: str) -> tuple[Lookup, list[str]]:
        """The lookup, and under which names it wants digits."""
        async with self._database.reading() as tx:
            site = (await load_snapshot(tx)).site
        lookup = site.lookups.get(key)
        if lookup is None:
            raise NotFound(f"lookups.{key}")
        return lookup, asked_digits(lookup, (each.variable for each in site.inputs.values()))

    async def ask(self, lookup: Lookup, caller: Caller) -> str:
        """The answer as one word; raises `NoAnswer`."""
        try:
            text = await self._service.ask(make_request(lookup, caller))
            return read_answer(text, lookup.answer_field)
        except NoAnswer as failure:  # neither address nor values: they may hold what a caller typed
            log.warning("lookup.no_answer", lookup=lookup.key, guid=caller.guid, reason=failure.reason)
            raise

    async def try_out(self, lookup: Lookup, caller: Caller) -> Trial:
        request = make_request(lookup, caller)
        trial = Trial(request)
        try:
            trial = replace(trial, text=await self._service.ask(request))
            return replace(trial, answer=read_answer(trial.text, lookup.answer_field))
        except NoAnswer as failure:
            return replace(trial, trouble=str(failure))
