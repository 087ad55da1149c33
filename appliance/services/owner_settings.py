"""What owners set on their phones by code (forwards, do not disturb) is in AstDB; it must not outlive the phone."""

import structlog

from appliance.adapters.ami import Ami
from appliance.core.site import Site

FAMILIES = ("forward", "forward-busy", "forward-unanswered", "do-not-disturb")  # as features.conf.j2 names them

log = structlog.get_logger(__name__)


async def forget_gone_phones(ami: Ami, site: Site) -> None:
    """Else whoever gets the number next would have their calls forwarded to strangers."""
    for family in FAMILIES:
        shown = await ami.command(f"database show {family}")
        for line in shown.splitlines():
            place, _, phone = line.partition(":")[0].strip().rpartition("/")
            if place == f"/{family}" and phone not in site.extensions:
                await ami.action("DBDel", Family=family, Key=phone)
                log.info("phones.forgotten", phone=phone, setting=family)
