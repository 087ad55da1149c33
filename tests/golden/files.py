"""The rendered files of tests.sites.a_site(), and the command that writes them anew."""

from pathlib import Path

from appliance.adapters.config_files import read_templates
from appliance.core.node import NodeFacts
from appliance.core.render import make_environment, render
from tests.sites import a_site

FOLDER = Path(__file__).parent / "a_site"
OURS = ("extensions.conf", "pjsip.conf", "queues.conf", "voicemail.conf", "musiconhold.conf")
ENVIRONMENT = make_environment(read_templates())
NODE = NodeFacts(
    name="local",
    etc="/data/etc",
    run="/data/run",
    spool="/data/spool",
    log="/data/log",
    lib="/data/lib",
    recordings="/data/recordings",
    prompts="/data/prompts",
    sip_bind="0.0.0.0",
    sip_port=5060,
    rtp_start=10000,
    rtp_end=12000,
    ami_port=5038,
    ami_secret="secret",
    agi_port=4573,
    max_calls=500,
    ws_port=8088,
    phone_secret="secret",
)


def golden_files() -> dict[str, str]:
    files = render(a_site(), NODE, ENVIRONMENT)
    return {name: files[name] for name in OURS}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in golden_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
