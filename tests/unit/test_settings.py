"""Settings from the file and the environment: which wins, and how a mistake is named."""

from pathlib import Path

import pytest

from appliance.settings import Settings, SettingsError, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "appliance.yml"


def loaded(file: Path, text: str = "", **environ: str) -> Settings:
    if text:
        file.write_text(text)
    return load_settings({"APPLIANCE_CONFIG": str(file), **environ})


def test_without_file_and_environment_there_are_defaults(file: Path) -> None:
    settings = loaded(file)
    assert settings == Settings()
    assert settings.database == "sqlite+aiosqlite:////var/lib/appliance/appliance.db"
    assert settings.node_dir() == Path("/var/lib/appliance/nodes/local")


def test_the_environment_overrides_the_file(file: Path) -> None:
    text = "data_dir: /srv/a\nnode:\n  sip_port: 5070\n  name: lima\nhttp:\n  secure_cookies: true\n"
    settings = loaded(file, text, APPLIANCE_NODE__SIP_PORT="5080", APPLIANCE_HTTP__SECURE_COOKIES="false", HOME="/root")
    assert (settings.node.sip_port, settings.node.name, settings.http.secure_cookies) == (5080, "lima", False)
    assert settings.node_dir() == Path("/srv/a/nodes/lima")


def test_an_empty_root_is_the_hosts_own_asterisk(file: Path) -> None:
    assert loaded(file, APPLIANCE_ASTERISK__ROOT="").asterisk.root is None
    assert loaded(file, "asterisk:\n  root: null\n").asterisk.root is None


def test_a_database_of_your_own(file: Path) -> None:
    url = "postgresql+asyncpg://appliance@db/appliance"
    assert loaded(file, APPLIANCE_DATABASE_URL=url).database == url


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("colour: red\n", {}, "colour: Extra inputs are not permitted"),
        ("node:\n  sip_prot: 5060\n", {}, "node.sip_prot: Extra inputs are not permitted"),
        ("node:\n  sip_port: many\n", {}, "node.sip_port: Input should be a valid integer"),
        ("node:\n  name: Lima 1\n", {}, "node.name: String should match pattern"),
        ("", {"APPLIANCE_NODE__SIP_PORT": "70000"}, "node.sip_port: Input should be less than or equal to 65535"),
        ("http:\n  tls_cert: /a.crt\n", {}, "http: Value error, tls_cert and tls_key go together"),
        ("", {"APPLIANCE_COLOUR": "red"}, "colour: Extra inputs are not permitted"),
        ("", {"APPLIANCE_LOG_FORMAT": "xml"}, "log_format: Input should be 'text' or 'json'"),
        ("data_dir: /srv\n", {"APPLIANCE_DATA_DIR__X": "1"}, "data_dir.x: 'data_dir' is not a group of settings"),
        ("- a\n", {}, "must hold settings by name, such as 'http:' or 'node:'"),
        ("a: [\n", {}, "cannot be read"),
        ("a: \x00\n", {}, "cannot be read"),
    ],
)
def test_a_mistake_is_named(file: Path, text: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(file, text, **environ)
    assert said in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_all_mistakes_are_named_at_once(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"sip_port.*rtp_start"):
        loaded(file, "node:\n  sip_port: 0\n  rtp_start: 1\n")


def test_a_file_that_is_no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(SettingsError, match="cannot be read"):
        loaded(file)


def test_there_is_room_for_sound(file: Path) -> None:
    with pytest.raises(SettingsError, match="rtp_end must lie above rtp_start"):
        loaded(file, "node:\n  rtp_start: 20000\n  rtp_end: 15000\n")
