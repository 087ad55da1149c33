"""The phone codes of a node that has no Asterisk, for tests of the door."""

from appliance.adapters.ami import Ami
from appliance.services.agents.phone_codes import PhoneCodes
from appliance.services.agents.wrapups import Wrapups
from appliance.services.hub import Hub
from appliance.services.live import Live
from appliance.store.db import Database


def phone_codes(database: Database) -> PhoneCodes:
    ami = Ami("127.0.0.1", 1, username="appliance", secret="x")
    return PhoneCodes(database, "local", Wrapups(ami, Live(ami, Hub()), database), lambda: None)
