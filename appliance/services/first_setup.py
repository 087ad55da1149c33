"""The first set-up, stored all at once."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.first_site import Answers, first_site
from appliance.core.problems import Invalid, Problem
from appliance.core.refusals import plain_path, sentence
from appliance.services.entities import replace_site
from appliance.store.site import load_site

SETUP = "setup"  # stands where a section does in the paths of problems


def parse_answers(values: Mapping[str, Any]) -> Answers:
    """Raises `Invalid`, with paths that begin with (`setup`, "")."""
    try:
        return Answers.model_validate(dict(values))
    except ValidationError as error:
        found = [Problem((SETUP, "", *plain_path(each["loc"])), *sentence(each, Answers)) for each in error.errors()]
        raise Invalid(found) from None


async def set_up(tx: AsyncSession, answers: Answers, *, by: str) -> None:
    await replace_site(tx, first_site(answers, await load_site(tx)), by=by, summary="first set-up")
