"""Callbacks: which numbers may be called, whose turn it is, what follows from an attempt."""

import datetime as dt

import pytest

from appliance.core.callbacks import (
    FIRST_PRIO,
    Callback,
    News,
    after_attempt,
    is_ringing,
    lost_at,
    may_call,
    originate_fields,
    result_of,
    whose_turn,
    why_never,
)
from appliance.core.entities.outbound import OutboundRoute
from appliance.core.entities.queues import Queue
from appliance.core.queueing import highest_penalty, offers_callback
from appliance.core.render import render
from appliance.core.site import Site
from tests.golden.files import ENVIRONMENT, NODE
from tests.sites import a_prompt

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
QUEUE = Queue(key="sales", name="Sales", callback_after_s=60, callback_prompt="offer", callback_tries=2)


def s(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds)


def owed(callback_id: int = 1, *, joined_s: int = 0, **values: object) -> Callback:
    """Asked at noon; `joined_s` is when the caller joined the queue, counted from an hour before."""
    found = Callback(
        callback_id, "sales", "5550001", "5550001", "g", "en", NOON, 3600 - joined_s, 0, NOON, last_guid="", result=""
    )
    return found._replace(**values)


def a_route(*patterns: str, **fields: object) -> OutboundRoute:
    lines = [{"pattern": pattern} for pattern in patterns]
    values = {"key": "r", "name": "R", "patterns": lines, "trunks": [{"trunk": "main-line"}], **fields}
    return OutboundRoute.model_validate(values)


SITE = Site.model_validate(
    {
        "queues": {"sales": QUEUE},
        "outbound_routes": {
            "all": a_route("5XXXXXX", "+51*"),
            "boss": a_route("7*", users=[{"extension": "1001"}]),
            "help": a_route("5550911", emergency=True),
        },
    }
)


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("5550001", True),
        ("+51999888777", True),
        ("5550911", False),  # an emergency number
        ("7550001", False),  # a route for one phone only
        ("9550001", False),
        ("55500011", False),
        ("5551", False),
        ("", False),
        ("+", False),
        ("5550001&PJSIP/x", False),
        ("5550001\n", False),
        ("٥٥٥٠٠٠١", False),
    ],
)
def test_numbers_that_may_be_called(number: str, may: bool) -> None:
    assert may_call(SITE, number) is may


@pytest.mark.parametrize(
    ("callbacks", "free", "waiting", "turn"),
    [
        ([owed()], 1, [], [1]),
        ([owed()], 0, [], []),
        ([owed(joined_s=10)], 1, [5], []),  # somebody joined earlier and still waits
        ([owed(joined_s=10)], 2, [5], [1]),
        ([owed(joined_s=10)], 1, [15], [1]),
        ([owed(1, joined_s=20), owed(2, joined_s=10)], 1, [], [2]),
        ([owed(1, joined_s=20), owed(2, joined_s=10)], 2, [], [2, 1]),
        ([owed(next_try_at=NOON + s(1))], 1, [], []),
        # one is being called: the free agent is for that one
        ([owed(1, last_guid="a", next_try_at=NOON + s(60)), owed(2, joined_s=5)], 1, [], []),
        ([owed(1, last_guid="a", next_try_at=NOON + s(60)), owed(2, joined_s=5)], 2, [], [2]),
        ([owed(1, last_guid="a", result="busy", next_try_at=NOON + s(60)), owed(2, joined_s=5)], 1, [], [2]),
        ([owed(1, last_guid="a")], 1, [], [1]),  # never heard of again
        ([owed(1, queue="other")], 1, [], []),
    ],
)
def test_whose_turn(callbacks: list[Callback], free: int, waiting: list[int], turn: list[int]) -> None:
    since = [NOON - s(3600) + s(second) for second in waiting]
    found = whose_turn(callbacks, {"sales": free}, {"sales": since}, NOON)
    assert [each.callback_id for each in found] == turn


@pytest.mark.parametrize(
    ("site", "callback", "why"),
    [
        (SITE, owed(), ""),
        (SITE.replaced("queues", "sales", None), owed(), "no_queue"),
        (SITE, owed(number="9550001"), "no_route"),
        (SITE, owed(asked_at=NOON - dt.timedelta(days=8)), "too_old"),
        (SITE, owed(tries=2), "lost"),
        (SITE, owed(tries=2, result="busy"), "busy"),
        (SITE, owed(tries=2, next_try_at=NOON + s(1)), ""),
    ],
)
def test_why_one_is_given_up(site: Site, callback: Callback, why: str) -> None:
    assert why_never(site, callback, NOON) == why


def test_a_queue_that_offers_none_any_more_owes_none() -> None:
    without = QUEUE.model_copy(update={"callback_after_s": 0})
    assert why_never(SITE.replaced("queues", "sales", without), owed(), NOON) == "no_queue"


@pytest.mark.parametrize(
    ("status", "tries", "is_over", "after"),
    [
        ("ANSWER", 1, True, (1, "reached")),
        ("BUSY", 1, False, (1, "busy")),
        ("BUSY", 2, True, (2, "busy")),
        ("NOANSWER", 1, False, (1, "no_answer")),
        ("CHANUNAVAIL", 1, False, (1, "failed")),
        ("NOBODY", 1, False, (0, "")),  # no agent took it: the customer's phone never rang
    ],
)
def test_after_an_attempt(status: str, tries: int, is_over: bool, after: tuple[int, str]) -> None:
    news = News("g", "a", result_of(status), NOON)
    found = after_attempt(owed(tries=tries, last_guid="a"), news, QUEUE)
    assert (found.tries, found.result) == after
    assert found.ended_at == (NOON if is_over else None)
    assert found.next_try_at == NOON + (s(5) if status == "NOBODY" else s(300))


def test_what_an_attempt_calls_is_in_the_dialplan() -> None:
    site = Site(queues={"sales": QUEUE}, prompts={"offer": a_prompt("offer")})
    text = render(site, NODE, ENVIRONMENT)["extensions.conf"]
    fields = originate_fields(owed(), QUEUE, "a-guid", NOON)
    place = str(fields["Channel"]).removeprefix("Local/s@").removesuffix("/n")
    assert f"\n[{place}]\nexten => s,1," in text
    assert f"\n[{fields['Context']}]\nexten => s,1," in text


def test_only_the_own_channel_of_an_attempt_that_nobody_answered_is_cut() -> None:
    ringing = {"Channel": "Local/s@callback-sales_turn-0000000a;1", "Variable": "GUID=a", "BridgeID": ""}
    assert is_ringing(ringing, "a")
    assert not is_ringing(ringing, "b")
    assert not is_ringing({**ringing, "BridgeID": "1-2-3"}, "a")  # the customer is on the line
    assert not is_ringing({**ringing, "Channel": "Local/s@callback-sales_turn-0000000a;2"}, "a")
    assert not is_ringing({**ringing, "Channel": "PJSIP/1001-0000000a"}, "a")


def test_an_attempt_is_waited_for_longer_than_it_can_take() -> None:
    assert lost_at(NOON, QUEUE) == NOON + s(300)
    assert lost_at(NOON, QUEUE.model_copy(update={"callback_retry_s": 30, "ring_s": 60})) > NOON + s(180)


def test_the_place_in_the_queue_is_the_second_of_joining() -> None:
    fields = originate_fields(owed(joined_s=60), QUEUE, "a-guid", NOON)
    variables = dict(each.split("=", 1) for each in fields["Variable"])
    assert int(variables["CALLBACK_PRIO"]) == FIRST_PRIO - int((NOON - s(3540)).timestamp())
    assert (variables["__GUID"], variables["CALLBACK_PENALTY"]) == ("a-guid", "10")
    assert fields["Channel"] == "Local/s@callback-sales_turn/n"


@pytest.mark.parametrize(("waited_s", "highest"), [(0, 0), (9, 0), (10, 3), (29, 3), (30, 9), (999, 9)])
def test_widening_goes_by_the_time_waited(waited_s: int, highest: int) -> None:
    steps = [{"after_s": 30, "max_penalty": 9}, {"after_s": 10, "max_penalty": 3}]
    queue = Queue.model_validate({"key": "q", "name": "Q", "widening": steps})
    assert highest_penalty(queue, waited_s) == highest
    assert highest_penalty(QUEUE, waited_s) is None


@pytest.mark.parametrize(
    ("after_s", "max_wait_s", "offers"), [(0, 300, False), (60, 300, True), (60, 60, False), (60, 0, True)]
)
def test_an_offer_comes_before_the_longest_wait(after_s: int, max_wait_s: int, offers: bool) -> None:
    queue = QUEUE.model_copy(update={"callback_after_s": after_s, "max_wait_s": max_wait_s})
    assert offers_callback(queue) is offers
