"""Finding entities by what people know of them: a key, a name, a number in any spelling."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.core.entities.fields import Entity, references, shown
from appliance.core.links import Spot
from appliance.core.site import Site, key_of

_NUMBER = re.compile(r"^\+?[0-9][0-9 ()./*-]*$")
_NO_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True)
class Entry:
    """What an entity is found by; `text` has key, name and every other plain value, `numbers` only digits."""

    entity: Entity
    key: str
    name: str
    text: str
    numbers: str


Index = Mapping[Spot, Entry]


def index_of(site: Site, before: Index | None = None) -> Index:
    """What did not change since `before` is not read again."""
    known, index = before or {}, {}
    for section, entity in site.entities():
        spot = section, key_of(entity)
        entry = known.get(spot)
        index[spot] = entry if entry is not None and entry.entity is entity else _entry(entity)
    return index


def find(index: Index, asked: str, limit: int) -> list[Spot]:
    """The best ones first: the key itself, what begins with the words, what has them somewhere."""
    words, digits = plain(asked).split(), _digits(asked)
    ranked = []
    for spot, entry in index.items():
        rank = _rank(entry, words, digits)
        if rank is not None:
            ranked.append((rank, entry.name, spot))
    return [spot for _rank, _name, spot in sorted(ranked)[:limit]]


def plain(text: str) -> str:
    """Small letters without accents: who looks for 'lopez' finds López."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _rank(entry: Entry, words: list[str], digits: str) -> int | None:
    """0 is the best; None where it does not match."""
    if digits and digits in entry.numbers.split():
        return 0
    if words and all(word in entry.text for word in words):
        whole = " ".join(words)
        if whole in (entry.key, entry.name):
            return 0
        return 1 if entry.key.startswith(whole) or entry.name.startswith(whole) else 2
    return 3 if len(digits) > 2 and digits in entry.numbers else None


def _entry(entity: Entity) -> Entry:
    values = dict(_values(entity))
    named = {ref.path[0] for ref in references(entity)}  # others' keys: found by their numbers, not by their words
    numbers = " ".join(_digits(value) for value in values.values() if _NUMBER.fullmatch(value))
    name = plain(str(getattr(entity, "name", "") or key_of(entity)))
    return Entry(
        entity,
        plain(key_of(entity)),
        name,
        plain(" ".join(text for field, text in values.items() if field not in named)),
        numbers,
    )


def _values(entity: Entity) -> Iterable[tuple[str, str]]:
    for name, field in type(entity).model_fields.items():
        value = getattr(entity, name)
        if isinstance(value, str) and value and not shown(field).is_hidden:
            yield name, value


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text) if _NUMBER.fullmatch(text.strip()) else ""
