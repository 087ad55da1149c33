"""What is to become of a recording by phone, and how a sound is drawn; the calls are in tests/pbx."""

from pathlib import Path

import pytest

from appliance.core.entities.prompts import Audio
from appliance.core.waveform import drawing, peaks
from appliance.services.phone_prompts import Order, parse_order, with_upload
from tests.app.test_prompts import a_wav
from tests.sites import a_prompt

OLD = "You have reached our old office."


def test_an_order_survives_its_way_through_asterisk() -> None:
    order = Order("welcome", "pt_BR", "ana|lópez\r\n@example.com")
    text = order.text(1_800_000_000)
    assert text == "1800000000|welcome|pt_BR|ana%7Cl%C3%B3pez%0D%0A%40example.com"
    assert parse_order(text) == order
    assert parse_order("") is parse_order("1|2") is None


def test_a_recording_keeps_the_text() -> None:
    changed = with_upload(a_prompt("welcome", OLD), "en", "0" * 64)
    assert changed.audio == {"en": Audio(text=OLD, upload="0" * 64)}
    assert with_upload(changed, "es", "1" * 64).audio["es"] == Audio(text="", upload="1" * 64)


def test_peaks(tmp_path: Path) -> None:
    loud = a_wav(tmp_path / "x.wav", 1, 8000, 1)[44:]
    assert peaks(loud, 10) == [pytest.approx(9000 / 32768)] * 10
    assert peaks(b"", 10) == []
    assert peaks(b"\0\x80" * 4, 2) == [1.0, 1.0]
    assert drawing([0.5, 0]) == "M1.5 12.5V35.5M4.5 23.0V25.0"
