"""Calls: what is done with them now, what the dialplan asks, and what is kept of them."""

from dataclasses import dataclass
from pathlib import Path

from appliance.parts.agents import Agents
from appliance.parts.ground import Ground
from appliance.services.agents.phone_codes import PhoneCodes
from appliance.services.callbacks import Callbacks
from appliance.services.calls.call_control import CallControl
from appliance.services.calls.listed import Listed
from appliance.services.history import History
from appliance.services.lookups import Lookups
from appliance.services.recordings import Recordings
from appliance.services.trunks import Trunks
from appliance.services.voicemail import VoicemailMail, make_voicemail
from appliance.web.agi import Agi


@dataclass(frozen=True)
class Calls:
    control: CallControl
    trunks: Trunks
    lookups: Lookups
    agi: Agi
    history: History
    recordings: Recordings
    callbacks: Callbacks
    voicemail: VoicemailMail


def make_calls(ground: Ground, agents: Agents) -> Calls:
    node, database, live, facts = ground.node, ground.database, ground.live, ground.node.facts
    lookups = Lookups(database, ground.outside)
    codes = PhoneCodes(database, node.name, agents.wrapups, agents.membership.poke)
    return Calls(
        control=CallControl(node.ami, live, database),
        trunks=Trunks(node.ami, database, live.taps),
        lookups=lookups,
        agi=Agi(facts.agi_port, facts.agi_secret, lookups, codes, listed=Listed(database)),
        history=History(node, database, ground.hub, on_missed=agents.membership.poke),
        recordings=Recordings(node, database, ground.hub),
        callbacks=Callbacks(node, database, live),
        voicemail=make_voicemail(Path(facts.spool), ground.settings.node_dir() / "mail", database),
    )
