"""Screen pops: the page of the customer's system that belongs to a call, or a signed message that it came."""

import structlog

from appliance.adapters.web_service import WebService
from appliance.core.call_words import CallValues, fill_address
from appliance.core.entities.work import ScreenPop
from appliance.core.lookup_request import NoAnswer
from appliance.core.site import Site
from appliance.core.webhook import make_webhook
from appliance.services.clock import now

WEBHOOK = "webhook"

log = structlog.get_logger(__name__)


def pop_of(site: Site, campaign: str) -> ScreenPop | None:
    found = site.campaigns.get(campaign)
    return site.screen_pops.get(found.screen_pop) if found else None


async def send_pop(service: WebService, pop: ScreenPop, values: CallValues) -> None:
    """Once, without a second try: a page that opens late is of no use. Failures are for the log."""
    url = fill_address(pop.url, values)
    if not url:
        log.warning("screen_pop.no_host", screen_pop=pop.key)
        return
    at = now()
    message = {
        "event": "call",
        "guid": values.guid,
        "caller": values.caller,
        "did": values.did,
        "agent": values.agent,
        "queue": values.queue,
        "campaign": values.campaign,
        "digits": dict(values.digits),
        "at": at.isoformat(),
    }
    request = make_webhook(url, message, secret=pop.secret, sent_s=int(at.timestamp()))
    try:
        await service.ask(request)
    except NoAnswer as failure:  # neither address nor values: they may hold what a caller typed
        log.warning("screen_pop.not_taken", screen_pop=pop.key, guid=values.guid, reason=failure.reason)
