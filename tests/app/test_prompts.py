"""Prompts become sound files that Asterisk can play: spoken or uploaded, in every language, made once."""

import asyncio
import os
import struct
import time
import wave
from pathlib import Path

import pytest

from appliance.adapters.speech import FORMATS, Speech, SpeechError, sound_type
from appliance.adapters.voices import Voice, find_voices
from appliance.core.entities.inbound import InboundRoute
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.site import Site
from appliance.services.prompts import Prompts, sources
from appliance.store.db import Database
from tests.waiting import eventually


def a_wav(path: Path, seconds: float = 1, rate: int = 44100, channels: int = 2) -> bytes:
    """A square wave, so that it needs no numbers from elsewhere."""
    sample = struct.pack("<h", 9000) * channels + struct.pack("<h", -9000) * channels
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(sample * int(seconds * rate / 2))
    return path.read_bytes()


async def sox(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec("sox", *arguments)
    assert await process.wait() == 0


def a_site(*prompts: Prompt, language: str = "en") -> Site:
    route = InboundRoute(key="5550100", name="Main", language=language, destination="hangup")
    return Site(prompts={prompt.key: prompt for prompt in prompts}, inbound_routes={"5550100": route})


def a_prompt(key: str = "welcome", **audio: Audio) -> Prompt:
    return Prompt(key=key, name=key, audio=audio or {"en": Audio(text=f"This is {key}.")})


def listing(folder: Path) -> dict[str, str]:
    """Every link and the content it leads to."""
    return {str(path.relative_to(folder)): os.readlink(path) for path in sorted(folder.glob("[!.]*/*"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "prompts"


@pytest.fixture
def prompts(database: Database, folder: Path) -> Prompts:
    return Prompts(database, Speech(), folder)


async def test_a_text_is_spoken_in_all_formats(prompts: Prompts, folder: Path) -> None:
    assert await prompts.publish(a_site(a_prompt())) == []
    assert sorted(listing(folder)) == sorted(f"en/welcome.{ending}" for ending in FORMATS)
    with wave.open(str(folder / "en" / "welcome.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
    assert 0.7 < seconds < 4
    sizes = {ending: (folder / "en" / f"welcome.{ending}").stat().st_size for ending in FORMATS}
    assert sizes["ulaw"] == sizes["alaw"] == pytest.approx(seconds * 8000, abs=2)
    assert sizes["sln16"] == pytest.approx(seconds * 32000, abs=8)
    assert (folder / "en" / "welcome.ulaw").stat().st_mode & 0o444 == 0o444


async def test_publishing_twice_touches_nothing(prompts: Prompts, folder: Path) -> None:
    site = a_site(a_prompt(), a_prompt("closed", es=Audio(text="Estamos cerrados.")))
    await prompts.publish(site)
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    await prompts.publish(site)
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*")} == before


async def test_a_missing_language_is_played_in_the_first(prompts: Prompts, folder: Path) -> None:
    site = a_site(a_prompt(fr=Audio(text="Bonjour."), en=Audio(text="Hello.")), language="pt_BR")
    await prompts.publish(site)
    found = listing(folder)
    assert found["pt_BR/welcome.ulaw"] == found["fr/welcome.ulaw"] != found["en/welcome.ulaw"]


async def test_a_changed_text_switches_only_its_own_links(prompts: Prompts, folder: Path) -> None:
    await prompts.publish(a_site(a_prompt(), a_prompt("closed")))
    before = listing(folder)
    await prompts.publish(a_site(a_prompt(en=Audio(text="Good morning.")), a_prompt("closed")))
    after = listing(folder)
    assert {name for name in after if after[name] != before[name]} == {f"en/welcome.{ending}" for ending in FORMATS}


async def test_what_is_gone_stays_until_tidied(prompts: Prompts, folder: Path) -> None:
    both, one = a_site(a_prompt(), a_prompt("closed", es=Audio(text="Cerrado."))), a_site(a_prompt())
    await prompts.publish(both)
    await prompts.publish(one)
    assert "es/closed.ulaw" in listing(folder)
    old = time.time() - 86400
    for file in (folder / ".cache").iterdir():
        os.utime(file, (old, old))
    await prompts.tidy(one)
    assert sorted(listing(folder)) == sorted(f"en/welcome.{ending}" for ending in FORMATS)
    assert len(list((folder / ".cache").iterdir())) == len(FORMATS)


@pytest.mark.parametrize("ending", ["wav", "mp3", "ogg"])
async def test_an_upload_is_converted(prompts: Prompts, folder: Path, tmp_path: Path, ending: str) -> None:
    content = a_wav(tmp_path / "tone.wav")
    if ending != "wav":
        await sox(str(tmp_path / "tone.wav"), str(tmp_path / f"tone.{ending}"))
        content = (tmp_path / f"tone.{ending}").read_bytes()
    sha256 = await prompts.save_upload(f"C:\\music\\tone.{ending}", content)
    assert await prompts.publish(a_site(a_prompt(en=Audio(upload=sha256)))) == []
    with wave.open(str(folder / "en" / "welcome.wav")) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(1, abs=0.1)


async def test_an_upload_is_made_again_from_the_database(database: Database, tmp_path: Path) -> None:
    sha256 = await Prompts(database, Speech(), tmp_path / "one").save_upload("a.wav", a_wav(tmp_path / "a.wav"))
    other = Prompts(database, Speech(), tmp_path / "other")
    assert await other.publish(a_site(a_prompt(en=Audio(upload=sha256)))) == []
    assert (tmp_path / "other" / "en" / "welcome.ulaw").exists()


async def test_the_same_upload_is_kept_once(prompts: Prompts, tmp_path: Path) -> None:
    content = a_wav(tmp_path / "a.wav")
    assert await prompts.save_upload("a.wav", content) == await prompts.save_upload("b.wav", content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a sound file of a kind"),
        (b"MZ\x90\x00 a program", "not a sound file of a kind"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "not a sound file of a kind"),
        (b"OggS" + bytes(24) + b"OpusHead" + bytes(99), "Allowed are WAV, MP3, OGG"),
        (b"RIFF\x00\x00\x00\x00WAVE", "cannot be made"),
        (b"\xff\xfb" + bytes(200), "sound"),
        (b"RIFF" + bytes(20_000_001), "larger than 20 MB"),
    ],
)
async def test_what_is_no_sound_is_refused(prompts: Prompts, content: bytes, message: str) -> None:
    with pytest.raises(SpeechError, match=message):
        await prompts.save_upload("x.wav", content)


async def test_a_sound_without_samples_is_refused(prompts: Prompts, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="no sound in the file"):
        await prompts.save_upload("x.wav", a_wav(tmp_path / "x.wav", 0))


async def test_a_small_file_with_hours_in_it_is_refused(prompts: Prompts, tmp_path: Path) -> None:
    await sox("-n", "-r", "8000", "-t", "mp3", str(tmp_path / "long.mp3"), "trim", "0", "3600")
    with pytest.raises(SpeechError, match="longer than 10 minutes"):
        await prompts.save_upload("long.mp3", (tmp_path / "long.mp3").read_bytes())


async def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    a_wav(source)
    with pytest.raises(SpeechError, match="took too long"):
        await Speech(timeout_s=0).convert(source, tmp_path, "out")
    assert not list(tmp_path.glob("out.*"))
    await eventually(lambda: not list(tmp_path.glob(".converting-*")))


async def test_one_bad_prompt_does_not_silence_the_others(prompts: Prompts, folder: Path) -> None:
    spoken, klingon = a_prompt(), a_prompt("odd", xx=Audio(text="Qapla"), en=Audio(text="Success."))
    lost = a_prompt("lost", en=Audio(upload="f" * 64))
    complaints = await prompts.publish(a_site(spoken, klingon, lost))
    assert complaints == [
        "prompt odd (xx): There is no voice for language 'xx'. Upload a file instead.",
        f"prompt lost (en): uploaded file {'f' * 12}",
    ]
    found = listing(folder)
    assert "en/welcome.ulaw" in found
    assert found["xx/odd.ulaw"] == found["en/odd.ulaw"]  # better another language than silence
    assert "en/lost.ulaw" not in found


async def test_hostile_texts_are_only_spoken(prompts: Prompts, tmp_path: Path) -> None:
    texts = [
        "-w /tmp/x",
        "$(reboot)",
        "`id`",
        "'; drop table prompts --",
        "<speak>hi</speak>",
        "...",
        "\u202eمرحبا",
        "📞",
    ]
    site = a_site(*(a_prompt(f"p{number}", en=Audio(text=text)) for number, text in enumerate(texts)))
    assert await prompts.publish(site) == []


async def test_a_sound_to_listen_to(prompts: Prompts) -> None:
    path = await prompts.sound(Audio(text="Hola"), "es")
    with wave.open(str(path)) as file:
        assert file.getframerate() == 8000


def test_a_name_does_not_make_a_sound() -> None:
    assert sound_type(b"RIFF\x24\x08\x00\x00WAVEfmt ") == "wav"
    assert sound_type(b"ID3\x04\x00") == "mp3"
    with pytest.raises(SpeechError):
        sound_type(b"\xff\xfeu\x00t\x00f\x00")


LISTING = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  nb              --/M      Norwegian_Bokmål  gmq/nb               (no 5)
"""


def voice_of(language: str, voices: list[Voice]) -> str:
    return next((voice.name for voice in voices if language in voice.languages), "")


def test_a_better_voice_is_taken_where_it_is_whole(tmp_path: Path) -> None:
    joe, half = tmp_path / "en_US-joe.onnx", tmp_path / "half.onnx"
    (tmp_path / "en_US-joe.onnx.json").write_text('{"language": {"code": "en_US", "family": "en"}}')
    voices = find_voices(LISTING, [half, joe])
    assert voice_of("en", voices) == voice_of("en_us", voices) == "piper:en_US-joe"
    assert voice_of("en_gb", voices) == "espeak-ng:en-gb"
    assert voices[0].command[1:] == ("-m", "piper", "-m", str(joe), "-f")


def test_each_language_has_its_voice() -> None:
    voices = find_voices(LISTING, [])
    assert [voice_of(each, voices) for each in ("en", "en_us", "no", "xx")] == [
        "espeak-ng:en-us",
        "espeak-ng:en-us",
        "espeak-ng:nb",
        "",
    ]


def test_each_track_of_hold_music_is_where_asterisk_looks_for_it() -> None:
    music = {
        "key": "tune",
        "name": "Tune",
        "tracks": [{"title": name, "upload": sha * 64} for name, sha in ("ab", "cd")],
    }
    found = sources(Site.model_validate({"music": {"tune": music}}))
    assert {place: each[0].audio.upload[:1] for place, each in found.items()} == {
        ("music-tune", "0001"): "b",
        ("music-tune", "0002"): "d",
    }
