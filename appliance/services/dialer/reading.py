"""What the dialers read from the database at each look, in one transaction."""

from typing import NamedTuple

from appliance.core.dialing.attempts import Attempt
from appliance.core.dialing.life import DialerState
from appliance.core.license.licensing import Refusal, why_closed
from appliance.core.site import Site
from appliance.services.clock import now
from appliance.services.licenses.current import load_term
from appliance.store import licenses
from appliance.store.attempts import load_open_attempts
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.dialer_states import load_running
from appliance.store.snapshots import load_snapshot


class Reading(NamedTuple):
    """`open` are the node's attempts that have not ended; `lines` what the licence leaves this node."""

    site: Site
    running: dict[str, DialerState]
    open: list[Attempt]
    refusal: Refusal | None = None
    lines: int = 0
    is_applied: bool = False


async def read(database: Database, node: str) -> Reading:
    async with database.reading() as tx:
        site = (await load_snapshot(tx)).site
        running = {key: row for key, row in (await load_running(tx)).items() if key in site.dialers}
        reading = Reading(site, running, await load_open_attempts(tx, node))
        if not running:
            return reading
        status, term = await load_status(tx, node), await load_term(tx)
        elsewhere = await licenses.load_channels(tx, now(), without=node)
        return reading._replace(
            refusal=why_closed(term),
            lines=max(0, term.channels - elsewhere.used),
            is_applied=status.wanted == status.applied,
        )
