"""List, read, create, change and delete of whatever has a schema: adding an entity needs no code here."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, create_model

from appliance.core.access import EDIT, VIEW
from appliance.core.entities.fields import Entity
from appliance.core.problems import Invalid, Problem
from appliance.core.secret_fields import hidden_fields, secret_fields, without_secrets
from appliance.core.site import SECTIONS, key_of
from appliance.core.words import N_
from appliance.services.entities import create_entity, parse_entity, remove_entity, save_entity
from appliance.services.errors import NotFound
from appliance.store.site import load_entity
from appliance.web.api.operations import BASE, Answer, Operation
from appliance.web.api.reading import Query, read_json, read_query, read_version, version_headers
from appliance.web.keys import APPLIER, DATABASE, PERSON
from appliance.web.problems import ABOUT
from appliance.web.sight import load_seen


class ListQuery(Query):
    limit: Annotated[int, Field(100, ge=1, le=1000, description="How many at most.")]
    after: Annotated[str, Field("", description="The key to go on after: `next` of the page before.")]


class EntityRoutes:
    """The routes of one section."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.kind = SECTIONS[section]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Without secrets, whoever asks."""
        query = read_query(request, ListQuery)
        async with request.app[DATABASE].reading() as tx:
            found = (await load_seen(tx, request)).site.section(self.section)
        keys = sorted(key for key in found if key > query.after)
        page = keys[: query.limit]
        following = page[-1] if len(keys) > len(page) else None
        return web.json_response({"items": [_plain(found[key]) for key in page], "next": following})

    async def get_one(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, request.match_info["key"])

    async def post(self, request: web.Request) -> web.StreamResponse:
        values = await read_json(request)
        entity = self._parse(request, values)
        async with request.app[DATABASE].transaction() as tx:
            await create_entity(tx, self.section, entity, by=request[PERSON].login)
        request.app[APPLIER].poke()
        location = {"Location": f"{BASE}/{self.section}/{key_of(entity)}"}
        return await self._answer(request, key_of(entity), status=201, headers=location)

    async def put(self, request: web.Request) -> web.StreamResponse:
        """The whole entity; a secret that is left out or empty stays as it is, null removes it."""
        return await self._save(request, self._keyed(request, await read_json(request)))

    async def patch(self, request: web.Request) -> web.StreamResponse:
        """Some fields (RFC 7396, at the top level): null puts the default back."""
        change = self._keyed(request, await read_json(request))
        entity, _version = await self._load(request, change["key"])
        values = {**entity.model_dump(mode="json"), **change}
        secrets = secret_fields(self.kind)
        return await self._save(
            request, {name: each for name, each in values.items() if each is not None or name in secrets}
        )

    async def delete(self, request: web.Request) -> web.StreamResponse:
        version, key = read_version(request), request.match_info["key"]
        async with request.app[DATABASE].transaction() as tx:
            await remove_entity(tx, self.section, key, version=version, by=request[PERSON].login)
        request.app[APPLIER].poke()
        return web.Response(status=204)

    async def _save(self, request: web.Request, values: dict[str, Any]) -> web.StreamResponse:
        removed = [name for name in secret_fields(self.kind) if name in values and values[name] is None]
        given = {name: value for name, value in values.items() if name not in removed}
        version, entity = read_version(request), without_secrets(self._parse(request, given), removed)
        async with request.app[DATABASE].transaction() as tx:
            await save_entity(tx, self.section, entity, version=version, by=request[PERSON].login)
        request.app[APPLIER].poke()
        return await self._answer(request, key_of(entity))

    def _keyed(self, request: web.Request, values: dict[str, Any]) -> dict[str, Any]:
        key = request.match_info["key"]
        if values.get("key", key) != key:
            request[ABOUT] = (self.section, key)
            raise Invalid([Problem((self.section, key, "key"), N_("never changes; leave it out or as it is"))])
        return {**values, "key": key}

    def _parse(self, request: web.Request, values: dict[str, Any]) -> Entity:
        request[ABOUT] = (self.section, str(values.get("key") or ""))
        entity = parse_entity(self.section, values)
        request[ABOUT] = (self.section, key_of(entity))
        return entity

    async def _load(self, request: web.Request, key: str) -> tuple[Entity, int]:
        async with request.app[DATABASE].reading() as tx:
            found = await load_entity(tx, self.section, key)
        if found is None:
            raise NotFound(f"{self.section}.{key}")
        return found

    async def _answer(
        self, request: web.Request, key: str, *, status: int = 200, headers: Mapping[str, str] = {}
    ) -> web.StreamResponse:
        """Administrators see secrets here: they must be able to set up a phone. A token that may only read does not."""
        entity, version = await self._load(request, key)
        person = request[PERSON]
        sees_all = person.role == "administrator" and (person.scopes is None or "configure" in person.scopes)
        values = entity.model_dump(mode="json") if sees_all else _plain(entity)
        return web.json_response(values, status=status, headers={**headers, **version_headers(version)})


def _plain(entity: Entity) -> dict[str, Any]:
    return entity.model_dump(mode="json", exclude=set(hidden_fields(type(entity))))


def _operations(section: str) -> list[Operation]:
    routes, kind = EntityRoutes(section), SECTIONS[section]
    one, many, path = kind.SINGULAR.lower(), kind.PLURAL.lower(), f"/{section}"
    page = create_model(f"{kind.__name__}List", __base__=Answer, items=(list[kind], ...), next=(str | None, ...))  # type: ignore[valid-type]
    item = f"{path}/{{key}}"
    replaced = partial(
        Operation, path=item, roles=EDIT, tag=section, answer=kind, body=kind, has_version=True, needs_version=True
    )
    return [
        Operation("GET", path, routes.get_list, VIEW, f"List {many}", section, page, query=ListQuery),
        Operation(
            "POST", path, routes.post, EDIT, f"Create a new {one}", section, kind, 201, body=kind, has_version=True
        ),
        Operation("GET", item, routes.get_one, VIEW, f"Read one {one}", section, kind, has_version=True),
        replaced(method="PUT", handler=routes.put, summary=f"Replace one {one}"),
        replaced(method="PATCH", handler=routes.patch, summary=f"Change some fields of one {one}", patch=True),
        Operation("DELETE", item, routes.delete, EDIT, f"Delete one {one}", section, status=204, needs_version=True),
    ]


OPERATIONS = [operation for section in SECTIONS for operation in _operations(section)]
