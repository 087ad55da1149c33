"""What a request of the API brings: JSON, parameters and the version that an edit starts from."""

import json
import re
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from appliance.core.entities.fields import Part
from appliance.core.problems import Invalid, Problem
from appliance.core.refusals import sentence
from appliance.core.words import N_
from appliance.web.numbers import whole_number

Model = TypeVar("Model", bound=BaseModel)


async def read_json(request: web.Request) -> dict[str, Any]:
    """An object; raises Invalid for anything else."""
    try:
        found = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        message = N_("this is not JSON: {reason}")
        raise Invalid([Problem(("body",), message, {"reason": str(error)[:200]})]) from None
    if not isinstance(found, dict):
        raise Invalid([Problem(("body",), N_("must hold values by name"))])
    return found


def read_model(model: type[Model], values: dict[str, Any], place: str) -> Model:
    """`place` says in the path of a problem where the values stood: body or query."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [Problem((place, *item["loc"]), *sentence(item, model)) for item in error.errors()]
        raise Invalid(problems) from None


def read_query(request: web.Request, model: type[Model]) -> Model:
    return read_model(model, dict(request.query), "query")


async def read_body(request: web.Request, model: type[Model]) -> Model:
    return read_model(model, await read_json(request) if request.can_read_body else {}, "body")


def read_version(request: web.Request) -> int:
    """From `If-Match: "3"`, as the ETag said."""
    given = request.headers.get("If-Match")
    if given is None:
        raise web.HTTPPreconditionRequired
    match = re.fullmatch(r'"([0-9]{1,9})"', given.strip())
    if match is None:
        raise web.HTTPPreconditionFailed
    return int(match[1])


def version_headers(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def read_number(request: web.Request, name: str) -> int:
    """A number in the path; one that no database can hold is not found."""
    number = whole_number(request.match_info[name])
    if number is None:
        raise web.HTTPNotFound
    return number


class Query(Part):
    """Parameters of a list; unknown ones are refused, so that a misspelt filter does not list everything."""
