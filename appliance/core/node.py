"""What the templates may know about the Asterisk they are rendered for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NodeFacts:
    """Absolute folders, addresses and limits of one Asterisk; folders have the same path inside its root."""

    name: str
    etc: str
    run: str
    spool: str
    log: str
    lib: str
    recordings: str
    prompts: str
    sip_bind: str
    sip_port: int
    rtp_start: int
    rtp_end: int
    ami_port: int
    ami_secret: str
    agi_port: int
    max_calls: int
    agi_secret: str = ""  # without one the daemon answers no web lookup
    ws_port: int = 0  # of this machine only, for phones in browsers; 0: there are none
    phone_secret: str = ""  # what the passwords of phones in browsers are made of
