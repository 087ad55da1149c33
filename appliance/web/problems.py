"""Errors of the API as RFC 9457 says: problem+json, with the field and the same sentence as in the form."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.problems import Invalid, Problem
from appliance.services.errors import InUse, Stale
from appliance.web.language import _

ABOUT: web.RequestKey[tuple[str, str]] = web.RequestKey("about", tuple)  # section and key that the body describes


def problem_answer(
    request: web.Request, status: int, text: str, *, error: Exception | None = None, headers: Mapping[str, str] = {}
) -> web.Response:
    """`text` is English; it is translated to what the request accepts."""
    if isinstance(error, Stale):  # the version came in If-Match
        status = 412
    problem = {"type": "about:blank", "title": _(text), "status": status, **_details(request, error)}
    return web.json_response(problem, status=status, headers=headers, content_type="application/problem+json")


def _details(request: web.Request, error: Exception | None) -> dict[str, Any]:
    match error:
        case Invalid(problems=problems):
            return {"errors": [_error(request, problem) for problem in problems]}
        case InUse(places=places):
            return {"places": [{"section": p.section, "key": p.key, "path": list(p.path)} for p in places]}
    return {}


def _error(request: web.Request, problem: Problem) -> dict[str, Any]:
    """`pointer` (RFC 6901) leads into what was sent; it is missing where the trouble lies elsewhere."""
    found: dict[str, Any] = {"path": list(problem.path), "message": _(problem.message, **problem.context)}
    about = request.get(ABOUT)
    if about is not None and problem.path[:2] == about:
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in problem.path[2:])
        found["pointer"] = "#" + "".join(f"/{step}" for step in steps)
    return found
