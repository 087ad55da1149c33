"""The people at work: who is logged in and may be, who is ready, what is on their desks and their phones."""

from dataclasses import dataclass

from appliance.parts.ground import Ground
from appliance.services.agents.presence import AutoLogout, Presence
from appliance.services.agents.wrapups import Wrapups
from appliance.services.browser_phones import BrowserPhones
from appliance.services.desk import Desk
from appliance.services.left_messages import LeftMessages
from appliance.services.licenses.warnings import Warnings
from appliance.services.licenses.watch import Licenses
from appliance.services.mail import Mail
from appliance.services.membership import Membership
from appliance.services.reminders import Reminders


@dataclass(frozen=True)
class Agents:
    presence: Presence
    licenses: Licenses
    membership: Membership
    wrapups: Wrapups
    auto_logout: AutoLogout
    desk: Desk
    left_messages: LeftMessages
    reminders: Reminders
    browser_phones: BrowserPhones


def make_agents(ground: Ground) -> Agents:
    node, database, live, hub = ground.node, ground.database, ground.live, ground.hub
    mail = Mail(ground.settings.node_dir() / "mail", database)
    wrapups, presence = Wrapups(node.ami, live, database), Presence(hub)
    licenses = Licenses(node, database, live, Warnings(database, mail))
    membership = Membership(node, database, wrapups, on_change=(presence.tell, licenses.poke))
    desk = Desk(node.name, database, live, hub=hub, service=ground.outside, holds=wrapups)
    return Agents(
        presence=presence,
        licenses=licenses,
        membership=membership,
        wrapups=wrapups,
        auto_logout=AutoLogout(database, live, presence, membership.poke),
        desk=desk,
        left_messages=LeftMessages(database, live, desk, wrapups),
        reminders=Reminders(database, hub),
        browser_phones=BrowserPhones(node.ami, database, ws_port=node.facts.ws_port, secret=node.facts.phone_secret),
    )
