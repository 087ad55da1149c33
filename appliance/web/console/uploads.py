"""Sound files that come with a form: each is checked and stored at once, and the form goes on with its checksum."""

from aiohttp import web

from appliance.core.problems import Problem
from appliance.core.site import SECTIONS
from appliance.services.prompts import SpeechError
from appliance.web.forms.reading import Values
from appliance.web.forms.schema import fields_of
from appliance.web.keys import PROMPTS


async def take_uploads(request: web.Request, section: str, values: Values) -> list[Problem]:
    """Fill in the checksum of each uploaded file; what is no sound becomes a problem at its field."""
    problems, post = [], await request.post()
    for outer in fields_of(SECTIONS[section]):
        if outer.inner is None:
            continue
        for inner in (each for each in fields_of(outer.inner) if each.kind == "upload"):
            for index, row in enumerate(values[outer.name]):
                file = post.get(f"{outer.name}.{row['_index']}.{inner.name}.file")
                if isinstance(file, web.FileField) and file.filename:
                    problem = await _take(request, file, row, inner.name)
                    if problem is not None:
                        place = (section, str(values.get("key", "")), outer.name, index, inner.name)
                        problems.append(Problem(place, *problem))
    return problems


async def _take(
    request: web.Request, file: web.FileField, row: Values, name: str
) -> tuple[str, dict[str, object]] | None:
    try:
        with file.file as content:
            row[name] = await request.app[PROMPTS].save_upload(file.filename, content.read())
    except SpeechError as error:
        return error.message, error.context
    return None
