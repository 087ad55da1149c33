"""All that can be done with calls from a page, built in one place."""

from appliance.adapters.ami import Ami
from appliance.services.calls.channels import Channels
from appliance.services.calls.dialling import Dialling
from appliance.services.calls.in_call import InCall
from appliance.services.calls.monitoring import Monitoring
from appliance.services.calls.own_call import OwnCalls
from appliance.services.calls.transfers import Transfers
from appliance.services.live import Live
from appliance.store.db import Database


class CallControl:
    def __init__(self, ami: Ami, live: Live, database: Database) -> None:
        channels = Channels(ami)
        self.own = OwnCalls(channels, live)
        self.in_call = InCall(channels, self.own, database)
        self.transfers = Transfers(channels, self.own, database)
        self.dialling = Dialling(channels, self.own, database)
        self.monitoring = Monitoring(channels, self.own, live, database)
