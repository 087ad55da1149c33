"""What the settings of queues and campaigns become in Asterisk's files."""

import re
from random import Random

import pytest

from appliance.core.entities.inbound import Campaign
from appliance.core.entities.queues import Queue
from appliance.core.render import render
from appliance.core.site import Site
from tests.golden.files import ENVIRONMENT, NODE
from tests.sites import a_prompt


def files_with(**fields: object) -> dict[str, str]:
    queue = Queue.model_validate({"key": "sales", "name": "Sales", **fields})
    prompts = {key: a_prompt(key) for key in ("offer", "one", "two", "beep")}
    return render(Site.model_validate({"prompts": prompts, "queues": {"sales": queue}}), NODE, ENVIRONMENT)


def campaign_lines(**fields: object) -> list[str]:
    campaign = Campaign.model_validate(
        {"key": "c", "name": "C", "queue": "sales", "recording_prompt": "beep", **fields}
    )
    site = Site.model_validate(
        {
            "prompts": {"beep": a_prompt("beep")},
            "queues": {"sales": {"key": "sales", "name": "Sales", "recording": False}},
            "campaigns": {"c": campaign},
        }
    )
    text = render(site, NODE, ENVIRONMENT)["extensions.conf"]
    return text.split("[campaign-c]")[1].split("\n[")[0].splitlines()


@pytest.mark.parametrize(
    ("recording", "record", "is_announced"),
    [
        ("always", "Set(RECORD=always)", True),
        ("on_demand", "Set(RECORD=on_demand)", True),
        ("never", "Set(RECORD=never)", False),
        ("queue", "Set(RECORD=)", False),  # the queue records nothing
    ],
)
def test_who_may_be_recorded_is_told(recording: str, record: str, is_announced: bool) -> None:
    text = "\n".join(campaign_lines(recording=recording))
    assert record in text
    assert ("/beep)" in text) is is_announced
    assert ("__AGENT_KEYS=record" in text) is (recording == "on_demand")


def test_a_share_of_the_calls_is_recorded_and_told_so() -> None:
    [line] = [line for line in campaign_lines(recording="percentage", recording_pct=30) if "RAND" in line]
    share = int(re.search(r"RAND\(1,100\)\} <= (\d+)\]\?always:never", line)[1])  # type: ignore[index]
    chance = Random(7)
    recorded = sum(chance.randint(1, 100) <= share for _ in range(10_000))  # as Asterisk's RAND counts
    assert recorded == pytest.approx(3000, abs=150)
    assert any('"${RECORD}" = "always"]?Playback' in line for line in campaign_lines(recording="percentage"))


def test_widening_is_a_rule_and_goes_on_after_the_offer() -> None:
    steps = [{"after_s": 30, "max_penalty": 3}, {"after_s": 10, "max_penalty": 1}]
    offer = {"callback_after_s": 20, "callback_prompt": "offer"}
    files = files_with(widening=steps, **offer)
    rules = files["queuerules.conf"]
    assert "[sales]\npenaltychange => 10,1\npenaltychange => 30,3\n" in rules
    assert "[sales_later]\npenaltychange => 10,3\n" in rules
    assert "QUEUE_MAX_PENALTY=0" in files["extensions.conf"]
    assert "QUEUE_MAX_PENALTY=10" in files_with(**offer)["extensions.conf"]


def test_prompts_in_turn_are_one_line_without_a_language() -> None:
    text = files_with(periodic_prompts=[{"prompt": "one"}, {"prompt": "two"}])["queues.conf"]
    assert "periodic-announce = /data/prompts/one,/data/prompts/two\nperiodic-announce-frequency = 60\n" in text


def test_keys_while_waiting_have_a_context_only_where_there_are_any() -> None:
    assert "context" not in files_with()["queues.conf"].split("[sales]")[1]
    assert "context = queue-sales_keys\n" in files_with(exit_key="9", exit_destination="hangup")["queues.conf"]
    offered = files_with(callback_after_s=20, callback_prompt="offer")
    assert "context = queue_keys\n" in offered["queues.conf"]
    assert "[offer-sales](default)\nannouncement = /data/prompts/offer\n" in offered["musiconhold.conf"]
