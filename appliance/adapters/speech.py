"""Sound of prompts: speaks texts and converts files, always in separate programs and never in the daemon itself."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from appliance.adapters.voices import Voice, find_voices, piper_models
from appliance.core.words import N_

# Asterisk picks the file that costs least for the call's codec; .wav is for listening in the console.
# sox's words for: 8 kHz A-law and mu-law without a header, 16 kHz linear for G.722 and Opus, 8 kHz linear.
FORMATS = {
    "ulaw": ("-t", "ul", "-r", "8000"),
    "alaw": ("-t", "al", "-r", "8000"),
    "sln16": ("-t", "raw", "-e", "signed-integer", "-b", "16", "-L", "-r", "16000"),
    "wav": ("-t", "wav", "-e", "signed-integer", "-b", "16", "-r", "8000"),
}
RECIPE = "1"  # raise it where the same source gives another sound than before: cached files are made anew
MAX_BYTES = 20_000_000
MAX_SECONDS = 600
ALLOWED = "WAV, MP3, OGG (Vorbis)"


class SpeechError(Exception):
    """A text cannot be spoken or a file is no usable sound; `message` is English with {placeholders}."""

    def __init__(self, message: str, **context: Any) -> None:
        self.message, self.context = message, context
        super().__init__(message.format(**context))


def sound_type(head: bytes) -> str:
    """What sox calls the format of a file that begins with `head`; a file's name is not trusted.

    Naming the type keeps sox from guessing: its play lists would open other files.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS" and b"OpusHead" not in head[:80]:
        return "ogg"
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4)):
        return "mp3"
    raise SpeechError(
        N_("This is not a sound file of a kind that can be used. Allowed are {allowed}."), allowed=ALLOWED
    )


@asynccontextmanager
async def work_folder(inside: Path) -> AsyncIterator[Path]:
    """For half-made files; a killed process leaves one behind, known by its name."""
    work = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".converting-", dir=inside))
    try:
        yield work
    finally:
        await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


class Speech:
    """At most `at_once` programs run at a time, with low priority: calls come first."""

    def __init__(self, voice_folder: Path | None = None, *, timeout_s: float = 60, at_once: int = 2) -> None:
        self._voice_folder = voice_folder
        self._voices: list[Voice] | None = None
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(at_once)

    async def voice_for(self, language: str) -> Voice:
        """The best voice for `es` or `es_PE`: of that country, else of that language."""
        if self._voices is None:
            listing = await self._run("espeak-ng", "--voices")
            models = await asyncio.to_thread(piper_models, self._voice_folder)
            self._voices = await asyncio.to_thread(find_voices, listing.decode(errors="replace"), models)
        for wanted in (language.lower(), language.lower().partition("_")[0]):
            for voice in self._voices:
                if wanted in voice.languages:
                    return voice
        raise SpeechError(N_("There is no voice for language '{language}'. Upload a file instead."), language=language)

    async def speak(self, text: str, language: str, target: Path) -> None:
        """Write `text` as a WAV file."""
        voice = await self.voice_for(language)
        words = " ".join(text.split())  # a line break is no reason for a new sound
        await self._run(*voice.command, str(target), stdin=words.encode())

    async def convert(self, source: Path, folder: Path, name: str, *, pad: bool = False) -> None:
        """Make `folder/name.*` in all of FORMATS; they appear complete or not at all, the .wav last.

        `pad` adds a moment of silence, without which the first syllable is lost in a call's start.
        """
        async with work_folder(folder) as work:
            master = await self._master(source, work, pad)
            for ending, options in FORMATS.items():
                await self._run("sox", "-t", "wav", str(master), "-c", "1", *options, str(work / f"{name}.{ending}"))
            await asyncio.to_thread(_put, work, folder, [f"{name}.{ending}" for ending in FORMATS])

    async def _master(self, source: Path, work: Path, pad: bool) -> Path:
        head, size = await asyncio.to_thread(_look_at, source)
        if size > MAX_BYTES:
            raise SpeechError(N_("The file is larger than {limit} MB."), limit=MAX_BYTES // 1_000_000)
        kind, master = sound_type(head), work / "master.wav"
        silence = ("pad", "0.1", "0.3") if pad else ()
        # Reading stops one second after what is allowed: a small file can hold hours.
        effects = ("trim", "0", str(MAX_SECONDS + 1), "rate", "16000", "gain", "-n", "-3", *silence)
        await self._run(
            "sox", "-t", kind, str(source), "-t", "wav", "-e", "signed-integer", "-b", "16", "-c", "1", str(master),
            *effects,
        )  # fmt: skip
        seconds = ((await asyncio.to_thread(_look_at, master))[1] - 44) / 32_000
        if seconds <= 0:
            raise SpeechError(N_("There is no sound in the file."))
        if seconds > MAX_SECONDS + 0.5:
            raise SpeechError(N_("The sound is longer than {limit} minutes."), limit=MAX_SECONDS // 60)
        return master

    async def _run(self, *command: str, stdin: bytes = b"") -> bytes:
        async with self._turns:
            return await _run(command, stdin, self._timeout_s)


async def _run(command: tuple[str, ...], stdin: bytes, timeout_s: float) -> bytes:
    pipe, given = asyncio.subprocess.PIPE, asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec("nice", *command, stdin=given, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(timeout_s):
            output, errors = await process.communicate(stdin or None)
    except TimeoutError:
        raise SpeechError(N_("{program} took too long and was stopped."), program=command[0]) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 127:  # nice says so, not we: it is what was started
        raise SpeechError(N_("The program {program} is not installed."), program=command[0])
    if process.returncode:
        lines = errors.decode(errors="replace").strip().splitlines() or ["-"]
        raise SpeechError(N_("The sound cannot be made: {error}"), error=_without_paths(lines[-1]))
    return output


def _without_paths(line: str) -> str:
    """Temporary names tell the reader nothing."""
    return " ".join(word for word in line.split() if "/" not in word)


def _look_at(path: Path) -> tuple[bytes, int]:
    with path.open("rb") as file:
        return file.read(80), os.fstat(file.fileno()).st_size


def _put(work: Path, folder: Path, names: list[str]) -> None:
    for name in names:
        with (work / name).open("rb") as file:
            os.fsync(file.fileno())  # or a power cut leaves an empty file with the right name
        (work / name).chmod(0o644)  # Asterisk runs as another user
        (work / name).replace(folder / name)
