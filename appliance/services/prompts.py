"""What callers hear: makes every prompt's sound files in every language, once for each content, and tidies up."""

import asyncio
import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from appliance.adapters.speech import MAX_BYTES, RECIPE, Speech, SpeechError, work_folder
from appliance.core.do_not_call import SPOKEN, SPOKEN_WORDS
from appliance.core.entities.prompts import Audio
from appliance.core.license.spoken import LICENSE_PREFIX, LICENSE_WORDS
from appliance.core.site import Site
from appliance.core.waveform import peaks
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import NotFound
from appliance.services.prompt_files import (
    cached_names,
    is_cached,
    link_all,
    link_names,
    make_folders,
    remove_stale,
    samples_of,
)
from appliance.store.db import Database
from appliance.store.uploads import Upload, load_upload, save_upload

__all__ = ["Prompts", "Source", "SpeechError", "sources"]

log = structlog.get_logger(__name__)

_CACHED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """A sound to be made: `audio` as it stands under `language` of the prompt `key`."""

    key: str
    language: str
    audio: Audio


def sources(site: Site) -> dict[tuple[str, str], list[Source]]:
    """For every (language, prompt key) that a caller may ask for: what to play, with what to play if that fails."""
    languages = {route.language for route in site.inbound_routes.values()}
    languages |= {step.language for step in site.announcements.values() if step.language}
    languages |= {language for prompt in site.prompts.values() for language in prompt.audio}
    found: dict[tuple[str, str], list[Source]] = {}
    for key, prompt in site.prompts.items():
        own = {language: Source(key, language, audio) for language, audio in prompt.audio.items()}
        for language in sorted(languages):
            # A language that is missing is played in the prompt's first one.
            first = [own[language]] if language in own else []
            found[language, key] = [*first, *(each for each in own.values() if each not in first)]
    for reason, words in LICENSE_WORDS.items() if site.agents else ():
        for language, text in words.items():
            key = f"{LICENSE_PREFIX}{reason}"
            found[language, key] = [Source(key, language, Audio(text=text, upload=""))]
    for language, text in SPOKEN_WORDS.items() if site.settings.listed_calls == "refused" else ():
        found[language, SPOKEN] = [Source(SPOKEN, language, Audio(text=text, upload=""))]
    for key, music in site.music.items():  # each track is where musiconhold.conf looks for it
        for number, track in enumerate(music.tracks, 1):
            place = f"music-{key}", f"{number:04d}"
            found[place] = [Source(key, place[0], Audio(text="", upload=track.upload))]
    return found


class Prompts:
    """The sound files of one node: `<folder>/<language>/<key>.*` are links to `<folder>/.cache/<content>.*`."""

    def __init__(self, database: Database, speech: Speech, folder: Path) -> None:
        self._database = database
        self._speech = speech
        self._folder = folder
        self._turns = asyncio.Semaphore(2)  # an upload being made holds its 20 MB in memory

    async def publish(self, site: Site) -> list[str]:
        """Before the files of Asterisk change. Returns what could not be made, in words; the rest is in place."""
        await asyncio.to_thread(make_folders, self._folder)
        wanted = sources(site)
        distinct = list(dict.fromkeys(source for each in wanted.values() for source in each))
        ready = await self._ready(distinct)
        made, complaints = await self._make_all([source for source in distinct if source not in ready])
        made |= ready
        links = {
            place: next(made[source] for source in choices if source in made)
            for place, choices in wanted.items()
            if any(source in made for source in choices)
        }
        changed = await asyncio.to_thread(link_all, self._folder, links)
        if changed or complaints:
            log.info("prompts.published", changed=len(changed), complaints=complaints)
        return complaints

    async def tidy(self, site: Site) -> None:
        """After the apply: what the site no longer has may go; a call that plays it still has it open."""
        await asyncio.to_thread(remove_stale, self._folder, link_names(sources(site)))

    async def sound(self, audio: Audio, language: str) -> Path:
        """A WAV file of it to listen to."""
        await asyncio.to_thread(make_folders, self._folder)
        return self._cache / f"{await self._make(Source('', language, audio))}.wav"

    async def peaks(self, audio: Audio, language: str, count: int) -> list[float]:
        """How loud it is from its beginning to its end, see core.waveform."""
        path = await self.sound(audio, language)
        return await asyncio.to_thread(lambda: peaks(samples_of(path), count))

    def cached(self, name: str) -> Path | None:
        """The WAV file of a sound that was made, by the name that `sound` gave it."""
        path = self._cache / f"{name}.wav"
        return path if _CACHED.fullmatch(name) and path.is_file() else None

    async def save_upload(self, file_name: str, content: bytes) -> str:
        """Refuses with SpeechError what is no sound; returns the SHA-256 that `Audio.upload` takes."""
        upload = await self.check_upload(file_name, content)
        async with self._database.transaction() as tx:
            await save_upload(tx, upload, now())
        return upload.sha256

    async def check_upload(self, file_name: str, content: bytes) -> Upload:
        """Makes the sound files right away: who uploads learns at once whether it can be played."""
        if len(content) > MAX_BYTES:
            raise SpeechError(N_("The file is larger than {limit} MB."), limit=MAX_BYTES // 1_000_000)
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        upload = Upload(sha256, _plain_name(file_name), content)
        await asyncio.to_thread(make_folders, self._folder)
        name = _content_name("upload", sha256)
        if not await asyncio.to_thread(is_cached, self._cache, name):
            async with self._turns:
                await self._convert(content, name)
        return upload

    @property
    def _cache(self) -> Path:
        return self._folder / ".cache"

    async def _ready(self, distinct: list[Source]) -> dict[Source, str]:
        """What was made before. One look at the folder, for there are hundreds of prompts."""
        cached, found = await asyncio.to_thread(cached_names, self._cache), {}
        for source in distinct:
            with suppress(SpeechError):  # told by who makes it
                if (name := await self._name_of(source)) in cached:
                    found[source] = name
        return found

    async def _name_of(self, source: Source) -> str:
        if source.audio.upload:
            return _content_name("upload", source.audio.upload)
        return await self._spoken_name(source.audio.text, source.language)

    async def _spoken_name(self, text: str, language: str) -> str:
        return _content_name("text", (await self._speech.voice_for(language)).name, text)

    async def _make_all(self, distinct: list[Source]) -> tuple[dict[Source, str], list[str]]:
        results = await asyncio.gather(*(self._make(source) for source in distinct), return_exceptions=True)
        made, complaints = {}, []
        for source, result in zip(distinct, results, strict=True):
            if isinstance(result, str):
                made[source] = result
            elif isinstance(result, SpeechError | NotFound):
                complaints.append(f"prompt {source.key} ({source.language}): {result}")
            else:
                raise result
        return made, complaints

    async def _make(self, source: Source) -> str:
        """The name of its files in the cache."""
        async with self._turns:
            if source.audio.upload:
                return await self._make_upload(source.audio.upload)
            return await self._make_speech(source.audio.text, source.language)

    async def _make_upload(self, sha256: str) -> str:
        name = _content_name("upload", sha256)
        if not await asyncio.to_thread(is_cached, self._cache, name):
            async with self._database.reading() as tx:
                upload = await load_upload(tx, sha256)
            if upload is None:
                raise NotFound(f"uploaded file {sha256[:12]}")
            await self._convert(upload.content, name)
        return name

    async def _make_speech(self, text: str, language: str) -> str:
        name = await self._spoken_name(text, language)
        if not await asyncio.to_thread(is_cached, self._cache, name):
            async with work_folder(self._cache) as work:
                spoken = work / "spoken.wav"
                await self._speech.speak(text, language, spoken)
                await self._speech.convert(spoken, self._cache, name, pad=True)
        return name

    async def _convert(self, content: bytes, name: str) -> None:
        async with work_folder(self._cache) as work:
            source = work / "upload"
            await asyncio.to_thread(source.write_bytes, content)
            await self._speech.convert(source, self._cache, name)


def _content_name(*parts: str) -> str:
    return hashlib.sha256(json.dumps([RECIPE, *parts]).encode()).hexdigest()


def _plain_name(file_name: str) -> str:
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[-200:] or "upload"
