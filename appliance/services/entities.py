"""Creates, changes and removes what people edit: one transaction with its check, audit row and generation."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.entities.fields import Entity, references
from appliance.core.problems import Invalid, Problem, check_site, schema_problems
from appliance.core.secret_fields import masked, secret_fields, with_secrets
from appliance.core.site import SECTIONS, Site, key_of
from appliance.core.words import N_
from appliance.services.clock import now
from appliance.services.errors import InUse, NotFound, Place, Stale
from appliance.store import site as store
from appliance.store.configuration import insert_audit, lock_wanted, raise_wanted
from appliance.store.lists.members import lists_with_contacts
from appliance.store.snapshots import site_before
from appliance.store.uploads import known_uploads

PIN_FIELDS = {"voicemail_pin"}
# Left empty, a secret of these is made here; any other is given by somebody else, or there is none.
MADE_HERE = {"extensions", "screen_pops"}
DELETED = N_("'{key}' was deleted; its contacts are kept for a day. Put its revision back, or choose another key")


@dataclass(frozen=True)
class SiteChanges:
    """Places (section, key) that an import added, changed and removed."""

    added: list[tuple[str, str]]
    changed: list[tuple[str, str]]
    removed: list[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def parse_entity(section: str, values: Mapping[str, Any]) -> Entity:
    """Raises `Invalid`, with paths that start at the section and key."""
    key = values.get("key")
    try:
        return SECTIONS[section].model_validate(dict(values))
    except ValidationError as error:
        raise Invalid(schema_problems(error, (section, str(key or "")))) from None


def removable_secrets(section: str, entity: Entity) -> list[str]:
    """Those that are stored and may be none."""
    return [] if section in MADE_HERE else [name for name in secret_fields(type(entity)) if getattr(entity, name)]


def make_secret(field: str) -> str:
    if field in PIN_FIELDS:
        return f"{secrets.randbelow(10**6):06d}"
    return secrets.token_urlsafe(15)


def _places_of(site: Site, section: str, key: str) -> Iterator[Place]:
    """Everywhere that `key` of `section` is used."""
    for place_section, entity in site.entities():
        for ref in references(entity):
            if ref.section == section and ref.key == key:
                yield Place(place_section, key_of(entity), ref.path)


async def create_entity(tx: AsyncSession, section: str, entity: Entity, *, by: str) -> None:
    generation = await raise_wanted(tx)
    site, key = await site_before(tx, generation), key_of(entity)
    if key in site.section(section):
        raise Invalid([Problem((section, key, "key"), N_("'{key}' exists already"), {"key": key})])
    if section == "lists" and key in await lists_with_contacts(tx):
        raise Invalid([Problem((section, key, "key"), DELETED, {"key": key})])
    entity = _complete(section, entity, None)
    await _check(tx, site.replaced(section, key, entity))
    await store.insert_entities(tx, section, [entity])
    await insert_audit(tx, [_audit("create", section, None, entity) | {"by": by, "generation": generation}])


async def save_entity(tx: AsyncSession, section: str, entity: Entity, *, version: int, by: str) -> None:
    generation = await raise_wanted(tx)
    site, key = await site_before(tx, generation), key_of(entity)
    before = _found(site, section, key)
    entity = _complete(section, entity, before)
    await _check(tx, site.replaced(section, key, entity))
    if not await store.update_entity(tx, section, entity, version):
        raise Stale(f"{section}.{key}")
    await insert_audit(tx, [_audit("change", section, before, entity) | {"by": by, "generation": generation}])


async def put_entities(tx: AsyncSession, section: str, entities: Mapping[str, Entity], *, by: str) -> SiteChanges:
    """Adds or changes many of one section, whatever their versions: one generation, an audit row for each."""
    generation, changes = await raise_wanted(tx), SiteChanges([], [], [])
    site = await site_before(tx, generation)
    before = site.section(section)
    after = before | {key: _complete(section, entity, before.get(key)) for key, entity in entities.items()}
    await _check(tx, site.model_copy(update={section: dict(sorted(after.items()))}))
    entries = await _replace_section(tx, section, (before, after), changes)
    await insert_audit(tx, [entry | {"by": by, "generation": generation} for entry in entries])
    return changes


async def remove_entity(tx: AsyncSession, section: str, key: str, *, version: int, by: str) -> None:
    generation = await raise_wanted(tx)
    site = await site_before(tx, generation)
    before = _found(site, section, key)
    places = [place for place in _places_of(site, section, key) if (place.section, place.key) != (section, key)]
    if places:
        raise InUse(places)
    if not await store.delete_entity(tx, section, key, version):
        raise Stale(f"{section}.{key}")
    await insert_audit(tx, [_audit("remove", section, before, None) | {"by": by, "generation": generation}])


async def replace_site(tx: AsyncSession, site: Site, *, by: str, summary: str) -> SiteChanges:
    """Make the configuration equal to `site`, all or nothing; where nothing differs, no generation is raised."""
    await lock_wanted(tx)
    await _check(tx, site)
    before = await store.load_site(tx)
    after = {section: _completed(section, site, before) for section in SECTIONS}
    if all(after[section] == before.section(section) for section in SECTIONS):
        return SiteChanges([], [], [])
    generation = await raise_wanted(tx)
    changes, entries = SiteChanges([], [], []), []
    for section in SECTIONS:
        entries += await _replace_section(tx, section, (before.section(section), after[section]), changes)
    stamp = {"by": by, "generation": generation}
    head = {"at": now(), "action": summary[:40], "section": "", "entity_key": "", "before": None, "after": None}
    await insert_audit(tx, [head | stamp, *(entry | stamp for entry in entries)])
    return changes


async def _replace_section(
    tx: AsyncSession, section: str, contents: tuple[dict[str, Entity], dict[str, Entity]], changes: SiteChanges
) -> list[dict[str, Any]]:
    before, after = contents
    versions = await store.load_versions(tx, section)
    entries, added = [], [entity for key, entity in after.items() if key not in before]
    for key in before.keys() - after.keys():
        await store.delete_entity(tx, section, key, versions[key])
        changes.removed.append((section, key))
        entries.append(_audit("remove", section, before[key], None))
    for key in sorted(after.keys() & before.keys()):
        if after[key] != before[key]:
            await store.update_entity(tx, section, after[key], versions[key])
            changes.changed.append((section, key))
            entries.append(_audit("change", section, before[key], after[key]))
    await store.insert_entities(tx, section, added)
    changes.added.extend((section, key_of(entity)) for entity in added)
    return entries + [_audit("create", section, None, entity) for entity in added]


def _completed(section: str, site: Site, before: Site) -> dict[str, Entity]:
    old = before.section(section)
    return {key: _complete(section, entity, old.get(key)) for key, entity in site.section(section).items()}


def _complete(section: str, entity: Entity, before: Entity | None) -> Entity:
    return with_secrets(entity, before, make_secret if section in MADE_HERE else (lambda _field: ""))


def _found(site: Site, section: str, key: str) -> Entity:
    entity = site.section(section).get(key)
    if entity is None:
        raise NotFound(f"{section}.{key}")
    return entity


async def _check(tx: AsyncSession, site: Site) -> None:
    # In a thread: of a large site it takes a tenth of a second, for which all else would wait.
    problems = [*await asyncio.to_thread(check_site, site), *await _missing_uploads(tx, site)]
    if problems:
        raise Invalid(problems)


async def _missing_uploads(tx: AsyncSession, site: Site) -> list[Problem]:
    named: dict[tuple[str | int, ...], str] = {
        ("prompts", key, "audio", language, "upload"): audio.upload
        for key, prompt in site.prompts.items()
        for language, audio in prompt.audio.items()
        if audio.upload
    }
    named |= {
        ("music", key, "tracks", index, "upload"): track.upload
        for key, music in site.music.items()
        for index, track in enumerate(music.tracks)
    }
    known = await known_uploads(tx, named.values()) if named else set()
    return [Problem(path, N_("this file was never uploaded here")) for path, sha in named.items() if sha not in known]


def _audit(action: str, section: str, before: Entity | None, after: Entity | None) -> dict[str, Any]:
    entity = after or before
    assert entity is not None  # noqa: S101 - one of the two is there by the calls above
    return {
        "at": now(),
        "action": action,
        "section": section,
        "entity_key": key_of(entity),
        "before": masked(before) if before else None,
        "after": masked(after) if after else None,
    }


async def audit_look(tx: AsyncSession, section: str, key: str, *, by: str) -> None:
    """Somebody was shown the secrets of an entity."""
    entry = {"at": now(), "by": by, "action": "show secrets", "section": section, "entity_key": key}
    await insert_audit(tx, [entry | {"generation": 0, "before": None, "after": None}])
