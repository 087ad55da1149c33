"""What a softphone is told to become an extension: Linphone's remote provisioning as XML, others as lines to copy."""

from xml.sax.saxutils import escape

from appliance.core.entities.people import Extension
from appliance.core.words import N_

_FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.linphone.org/xsds/lpconfig.xsd lpconfig.xsd">
{sections}
</config>
"""


def linphone_xml(extension: Extension, server: str) -> str:
    """`server` is host and port, as phones reach it."""
    identity = f'"{_quoted(extension.name)}" <sip:{extension.key}@{server}>'
    proxy = {
        "reg_proxy": f"<sip:{server};transport=tcp>",
        "reg_identity": identity,
        "realm": "asterisk",
        "reg_sendregister": "1",
        "reg_expires": "300",
        "publish": "0",
    }
    account = {
        "username": extension.key,
        "userid": extension.key,
        "passwd": extension.secret,
        "realm": "asterisk",
        "domain": server,
    }
    sections = {"sip": {"default_proxy": "0"}, "proxy_0": proxy, "auth_info_0": account}
    return _FRAME.format(sections="\n".join(_section(name, values) for name, values in sections.items()))


def _section(name: str, values: dict[str, str]) -> str:
    lines = [f'    <entry name="{key}" overwrite="true">{escape(value)}</entry>' for key, value in values.items()]
    return "\n".join([f'  <section name="{name}">', *lines, "  </section>"])


def _quoted(name: str) -> str:
    return name.replace("\\", " ").replace('"', " ")


def softphone_lines(extension: Extension, server: str) -> dict[str, list[tuple[str, str]]]:
    """For each softphone: the names of its own fields, and what goes into them."""
    host = server.rpartition(":")[0]
    return {
        "MicroSIP": [
            ("SIP server", server),
            ("Username", extension.key),
            ("Domain", server),
            ("Login", extension.key),
            ("Password", extension.secret),
            ("Display name", extension.name),
            ("Transport", "UDP"),
        ],
        "Zoiper": [
            ("Username / Login", f"{extension.key}@{host}"),
            ("Password", extension.secret),
            ("Hostname / provider", server),
            ("Transport", "SIP TCP"),
        ],
    }


EXPIRED = N_("This link was used already, or is older than half an hour. Show the set-up sheet again for a new one.")
