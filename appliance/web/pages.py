"""Renders pages: the frame that all share, its translation, dates, icons, and answers to errors."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from appliance.core.access import ROLE_NAMES, VIEW
from appliance.core.contacts import KINDS as CONTACT_KINDS
from appliance.core.journal.facts import OUTCOMES
from appliance.core.license.notice import notice
from appliance.core.sight import NOTHING
from appliance.core.site import SECTIONS
from appliance.core.trunk_kinds import TRUNK_KINDS
from appliance.core.trunk_state import WORDS as TRUNK_WORDS
from appliance.services.licenses.current import load_term
from appliance.store.configuration import load_status
from appliance.web import shown
from appliance.web.browsers import browser_of
from appliance.web.forms.choices import choice_title, prompt_languages
from appliance.web.keys import DATABASE, LANGUAGE, NODE, PERSON, SESSION, SIGHT
from appliance.web.language import LANGUAGES, _, counted
from appliance.web.navigation import navigation, section_path
from appliance.web.pause_reasons import pause_reasons
from appliance.web.problems import problem_answer
from appliance.web.summaries import told_summary
from appliance.web.targets import reference_of, target_of

HERE = Path(__file__).parent
STATIC = HERE / "static"
_KEPT = ("WWW-Authenticate", "HX-Redirect", "Allow", "X-Question")  # headers of an error


def setup_pages(app: web.Application) -> None:
    app[aiohttp_jinja2.APP_KEY] = _environment()


# What every template knows.
_GLOBALS: dict[str, Any] = {
    "_": _,
    "counted": counted,
    "sections": SECTIONS,
    "languages": LANGUAGES,
    "role_names": ROLE_NAMES,
    "trunk_kinds": TRUNK_KINDS,
    "trunk_words": TRUNK_WORDS,
    "contact_kinds": CONTACT_KINDS,
    "pause_reasons": pause_reasons,
    "section_path": section_path,
    "prompt_languages": prompt_languages,
    "choice_title": choice_title,
    "outcome_title": lambda key: OUTCOMES.get(key, key),
    "browser_of": browser_of,
    "target_of": target_of,
    "reference_of": reference_of,
}


@cache
def _environment() -> jinja2.Environment:
    """Reads every template and asset once: no file is read while a request waits."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    urls = _asset_urls()
    environment.globals.update(_GLOBALS, asset=lambda name: urls.get(name, f"/static/{name}"))
    environment.filters.update(shown.FILTERS, told_summary=told_summary)
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def _asset_urls() -> dict[str, str]:
    """`asset["console.css"]`; the address changes with the content, so browsers may keep it for ever."""
    urls = {}
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in (".css", ".js", ".svg") and path.is_file():
            name = path.relative_to(STATIC).as_posix()
            urls[name] = f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    return urls


async def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A page of the console; inside the frame where somebody is signed in."""
    return aiohttp_jinja2.render_template(template, request, {**await _frame(request), **context}, status=status)


def part(request: web.Request, template: str, **context: Any) -> web.Response:
    """A piece of a page, for a script that asks for no more."""
    return aiohttp_jinja2.render_template(template, request, context)


def go_to(request: web.Request, path: str) -> web.Response:
    """After a change; htmx would follow a redirect silently and put the page into the form."""
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": path})
    return web.Response(status=303, headers={"Location": path})


async def _frame(request: web.Request) -> dict[str, Any]:
    frame: dict[str, Any] = {"language": request[LANGUAGE], "person": None, "path": request.path, "csrf": ""}
    await shown.use_zone(request.cookies.get("zone", ""))
    if PERSON in request and SESSION in request:
        person = request[PERSON]
        async with request.app[DATABASE].reading() as tx:  # what agents could not open is not shown to them
            frame["config"] = await load_status(tx, request.app[NODE]) if person.role in VIEW else None
            told = notice(await load_term(tx))
        frame["license_notice"] = told if told and (told.is_for_all or person.role == "administrator") else None
        is_limited = request.get(SIGHT, NOTHING).is_limited  # an error may come before the sight was asked for
        frame |= {"person": person, "csrf": request[SESSION].csrf_token, "is_limited": is_limited}
        frame["navigation"] = navigation(person.role, is_agent=bool(person.agent), is_limited=is_limited)
    return frame


async def error_answer(
    request: web.Request, status: int, text: str, *, error: Exception | None = None, headers: Mapping[str, str] = {}
) -> web.StreamResponse:
    """What RFC 9457 says for the API, a line for htmx, else a page."""
    kept = {name: value for name, value in headers.items() if name in _KEPT}
    if request.path.startswith("/api/"):
        return problem_answer(request, status, text, error=error, headers=kept)
    if request.headers.get("HX-Request"):
        return web.Response(text=_(text), status=status, headers=kept)
    response = await page(request, "error.html", status=status, text=text, code=status)
    response.headers.update(kept)
    return response
