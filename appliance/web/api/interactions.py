"""Interactions: a list to filter, one with its segments and steps, and its recording."""

import datetime as dt
from typing import Annotated, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field

from appliance.core.access import VIEW
from appliance.core.entities.fields import Line
from appliance.core.journal.facts import OUTCOMES, Interaction, Recording, Segment, Step
from appliance.services.errors import NotFound
from appliance.store.interactions import InteractionFilter, Page, list_interactions, load_interaction
from appliance.web.api.operations import Answer, Operation, answer_of, json_answer
from appliance.web.api.reading import Query, read_query
from appliance.web.console.interactions import get_recording
from appliance.web.keys import DATABASE, SIGHT

InteractionAnswer = answer_of(Interaction, leave_out=("recording",))
SegmentAnswer = answer_of(Segment, leave_out=("guid",))
StepAnswer = answer_of(Step, leave_out=("guid",))
RecordingAnswer = answer_of(Recording, leave_out=("guid", "path"))

# Within what databases can hold in any zone.
Instant = Annotated[
    AwareDatetime,
    Field(ge=dt.datetime(1970, 1, 1, tzinfo=dt.UTC), le=dt.datetime(3000, 1, 1, tzinfo=dt.UTC)),
]
Word = Annotated[Line, Field(max_length=80)]


class InteractionQuery(Query):
    since: Annotated[Instant | None, Field(None, description="Entered at this instant or later.")]
    until: Annotated[Instant | None, Field(None, description="Entered before this instant.")]
    queue: Annotated[Word, Field("", description="Waited in this queue.")]
    agent: Annotated[Word, Field("", description="Was with this agent.")]
    caller: Annotated[Word, Field("", description="Any part of the caller's number.")]
    outcome: Annotated[Literal["", *OUTCOMES], Field("", description="How it ended.")]  # type: ignore[valid-type]
    direction: Annotated[Literal["", "inbound", "outbound", "internal"], Field("")]
    limit: Annotated[int, Field(50, ge=1, le=500, description="How many on a page.")]
    page: Annotated[int, Field(1, ge=1, le=100_000, description="Newest first; 1 is the first.")]


class InteractionList(Answer):
    items: list[InteractionAnswer]  # type: ignore[valid-type]
    next: Annotated[int | None, Field(description="The page to go on with.")]


class InteractionStory(Answer):
    interaction: InteractionAnswer  # type: ignore[valid-type]
    segments: list[SegmentAnswer]  # type: ignore[valid-type]
    steps: list[StepAnswer]  # type: ignore[valid-type]
    recording: RecordingAnswer | None  # type: ignore[valid-type]


async def get_interactions(request: web.Request) -> web.StreamResponse:
    query = read_query(request, InteractionQuery)
    wanted = InteractionFilter(**query.model_dump(exclude={"limit", "page"}), sight=request[SIGHT])
    async with request.app[DATABASE].reading() as tx:
        found = await list_interactions(tx, wanted, Page(query.page, query.limit))
    items = [InteractionAnswer.model_validate(row._asdict()) for row in found.interactions]
    return json_answer(InteractionList(items=items, next=query.page + 1 if found.has_more else None))


async def get_interaction(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].reading() as tx:
        story = await load_interaction(tx, request.match_info["guid"], request[SIGHT])
    if story is None:
        raise NotFound(request.match_info["guid"])
    recording = story.recording
    answer = InteractionStory(
        interaction=InteractionAnswer.model_validate(story.interaction._asdict()),
        segments=[SegmentAnswer.model_validate(row._asdict()) for row in story.segments],
        steps=[StepAnswer.model_validate(row._asdict()) for row in story.steps],
        recording=RecordingAnswer.model_validate(recording._asdict()) if recording else None,
    )
    return json_answer(answer)


_TAG = "interactions"
OPERATIONS = [
    Operation(
        "GET",
        "/interactions",
        get_interactions,
        VIEW,
        "List interactions",
        _TAG,
        InteractionList,
        query=InteractionQuery,
    ),
    Operation("GET", "/interactions/{guid}", get_interaction, VIEW, "Read one interaction", _TAG, InteractionStory),
    Operation(
        "GET",
        "/interactions/{guid}/recording",
        get_recording,
        VIEW,
        "Listen to a recording; ranges are served",
        _TAG,
        binary_answer="audio/wav",
    ),
]
