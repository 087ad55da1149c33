"""The whole configuration to a YAML file and back: export, check, diff, import; sound files lie beside it."""

import asyncio
import difflib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.adapters.speech import MAX_BYTES, SpeechError, sound_type
from appliance.core.entities.fields import Entity
from appliance.core.secret_fields import MASK, secret_fields, with_secrets
from appliance.core.site import SECTIONS, Site
from appliance.core.site_yaml import (
    Document,
    FileProblem,
    SiteFileError,
    SoundFile,
    parse_site,
    read_document,
    render_site,
    sound_files,
    uploads_by_hash,
)
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.entities import SiteChanges, replace_site
from appliance.services.prompts import Prompts
from appliance.store.db import Database
from appliance.store.site import load_site
from appliance.store.uploads import Upload, known_uploads, load_upload, save_upload


@dataclass(frozen=True)
class SiteFile:
    """A file that was read and found good, with the sounds that it brings along."""

    site: Site
    uploads: list[Upload]


async def export_site(database: Database, path: Path, *, secrets: bool = True) -> Site:
    """Writes `path`, and uploaded sounds into the folder `<name>.audio` beside it."""
    async with database.reading() as tx:
        site = await load_site(tx)
        uploads = [upload for sha256 in _uploads_of(site) if (upload := await load_upload(tx, sha256))]
    await asyncio.to_thread(_write, path, site, uploads, secrets)
    return site


async def render_stored_site(database: Database, *, secrets: bool = True) -> str:
    """The YAML alone; uploaded sounds are named by their SHA-256."""
    async with database.reading() as tx:
        return render_site(await load_site(tx), with_secrets=secrets)


async def read_site_file(database: Database, path: Path, prompts: Prompts) -> SiteFile:
    """Raises SiteFileError with every problem; stores nothing."""
    text = await asyncio.to_thread(_read, path)
    document = await asyncio.to_thread(read_document, text, str(path))
    sounds: dict[str, Upload] = {}
    for sound in sound_files(document):
        if sound.name not in sounds:
            await _read_sound(path.parent, sound, prompts, into=(sounds, document))
    async with database.reading() as tx:
        await _check_hashes(tx, document)
    hashes = {name: upload.sha256 for name, upload in sounds.items()}
    return SiteFile(await asyncio.to_thread(parse_site, document, hashes), list(sounds.values()))


async def import_site(database: Database, path: Path, *, prompts: Prompts, by: str) -> SiteChanges:
    """Makes the configuration equal to the file, all or nothing."""
    found = await read_site_file(database, path, prompts)
    async with database.transaction() as tx:
        for upload in found.uploads:
            await save_upload(tx, upload, now())
        return await replace_site(tx, found.site, by=by, summary=f"import {path.name}")


async def diff_site(database: Database, path: Path, *, prompts: Prompts) -> str:
    """What an import would change, as a unified diff of the YAML; secrets are covered. Empty where nothing differs."""
    found = await read_site_file(database, path, prompts)
    async with database.reading() as tx:
        stored = await load_site(tx)
    return await asyncio.to_thread(_difference, stored, found.site, str(path))


def _difference(stored: Site, wanted: Site, name: str) -> str:
    before = render_site(_covered(stored, stored)).splitlines(keepends=True)
    after = render_site(_covered(wanted, stored)).splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, "database", name))


def _covered(site: Site, stored: Site) -> Site:
    """Secrets as an import would leave them, with a mask over each that tells only whether it is a new one."""
    for section in SECTIONS:
        for key, entity in site.section(section).items():
            site = site.replaced(section, key, _cover(entity, stored.section(section).get(key)))
    return site


def _cover(entity: Entity, stored: Entity | None) -> Entity:
    kept = with_secrets(entity, stored, lambda _field: "")
    masks = {}
    for name in secret_fields(type(entity)):
        value = getattr(kept, name)
        masks[name] = (MASK if value == getattr(stored, name, "") else f"{MASK} (new)") if value else ""
    return kept.model_copy(update=masks)


def _uploads_of(site: Site) -> set[str]:
    tracks = {track.upload for music in site.music.values() for track in music.tracks}
    return tracks | {
        audio.upload for prompt in site.prompts.values() for audio in prompt.audio.values() if audio.upload
    }


def _write(path: Path, site: Site, uploads: list[Upload], secrets: bool) -> None:
    names = {upload.sha256: f"{path.stem}.audio/{upload.sha256}.{sound_type(upload.content)}" for upload in uploads}
    for upload in uploads:
        target = path.parent / names[upload.sha256]
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            _put(target, upload.content)
    _put(path, render_site(site, with_secrets=secrets, sounds=names).encode())


def _put(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)  # it holds passwords of phones
    new.write_bytes(content)
    new.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SiteFileError([FileProblem(str(path), 1, (), N_("is not text in UTF-8"))]) from None
    except OSError as error:
        message = N_("cannot be read: {reason}")
        raise SiteFileError([FileProblem(str(path), 1, (), message, {"reason": error.strerror})]) from None


async def _read_sound(
    folder: Path, sound: SoundFile, prompts: Prompts, *, into: tuple[dict[str, Upload], Document]
) -> None:
    sounds, document = into
    content = await asyncio.to_thread(_sound_content, folder, sound.name)
    if content is None:
        message = N_("'{name}' is no sound file beside this one, such as site.audio/welcome.wav")
        document.problems.append(document.problem(sound.path, message, name=sound.name))
        return
    try:
        sounds[sound.name] = await prompts.check_upload(sound.name, content)
    except SpeechError as error:
        document.problems.append(document.problem(sound.path, error.message, **error.context))


def _sound_content(folder: Path, name: str) -> bytes | None:
    """None where it is not below `folder`: a file from elsewhere must not be readable by way of an import."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


async def _check_hashes(tx: AsyncSession, document: Document) -> None:
    named = uploads_by_hash(document)
    known = await known_uploads(tx, {sha256 for _path, sha256 in named})
    message = N_("this file was never uploaded here")
    document.problems.extend(document.problem(path, message) for path, sha256 in named if sha256 not in known)
