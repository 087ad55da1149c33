"""The list of users as the shared parts of every list want it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.access import ROLE_NAMES, ROLES
from appliance.core.words import N_
from appliance.services.users.accounts import SORTS, User, UserFilter, list_users
from appliance.web.console.columns import SIZE, SIZES, Asked
from appliance.web.console.facets import PREFIX, Facet
from appliance.web.language import _
from appliance.web.numbers import whole_number

TITLES = {"name": N_("Name"), "login": N_("User name"), "role": N_("Role"), "signed_in": N_("Last sign-in")}


@dataclass(frozen=True)
class UserTable:
    rows: list[User]
    asked: Asked
    pages: int
    found: int
    total: int
    sizes: ClassVar[tuple[int, ...]] = SIZES

    @property
    def facets(self) -> list[Facet]:
        choices = [(role, _(title)) for role, title in ROLE_NAMES.items()]
        return [Facet(f"{PREFIX}role", TITLES["role"], self.asked.filters.get("role", ""), choices)]

    @property
    def sort_choices(self) -> list[tuple[str, str]]:
        return [(name, _(title)) for name, title in TITLES.items()]


def read_asked(query: Mapping[str, str]) -> Asked:
    role, size = query.get(f"{PREFIX}role", ""), whole_number(query.get("size", ""))
    return Asked(
        search=query.get("q", "").strip()[:80],
        filters={"role": role} if role in ROLES else {},
        sort=query.get("sort", "") if query.get("sort", "").removeprefix("-") in SORTS else "",
        page=max(1, min(whole_number(query.get("page", "")) or 1, 100_000)),
        size=size if size in SIZES else SIZE,
        usual_size=SIZE,
    )


def as_filter(asked: Asked) -> UserFilter:
    return UserFilter(
        search=asked.search,
        role=asked.filters.get("role", ""),
        sort=asked.sort.removeprefix("-") or "login",
        descending=asked.sort.startswith("-"),
        page=asked.page,
        size=asked.size,
    )


async def load_table(tx: AsyncSession, query: Mapping[str, str]) -> UserTable:
    asked = read_asked(query)
    found = await list_users(tx, as_filter(asked))
    pages = max(1, -(-found.found // asked.size))
    if asked.page > pages:
        asked = replace(asked, page=pages)
        found = await list_users(tx, as_filter(asked))
    return UserTable(found.users, asked, pages, found.found, found.total)
