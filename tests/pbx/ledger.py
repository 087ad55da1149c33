"""What a telephone network saw of a campaign, set beside all that the product says of it."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from appliance.core.dialing.outcome import OUTCOMES
from appliance.store.tables.dialing import AttemptRow
from tests.app.console import PASSWORD
from tests.pbx.dialer_site import behind
from tests.pbx.pstn import RINGS, Line, spoken

HELLO = spoken((0, 0.3), (300, 0.5), (0, 4))
MACHINE = spoken((0, 0.3), *[(300, 0.5), (0, 0.1)] * 5, (1000, 0.4), (0, 4))
HELLO_S = 0.8  # of it are words, and what is before them
SHORT_S = 5.0
CROSSING_S = 0.05
ANSWERS = {486: "busy", 404: "bad_number", 484: "bad_number", 603: "rejected", 480: "no_answer", 503: "congestion"}
PERSONS = ("answered", "short")


def most_at_once(lines: Collection[Line]) -> int:
    """A call may begin a moment before the end of another one, whose channel is free, has come over the wire."""
    ends = [(line.ended_at or float("inf")) - CROSSING_S * (line.ended_by == "caller") for line in lines]
    steps = sorted([(line.began_at, 1) for line in lines] + [(end, -1) for end in ends])
    most = up = 0
    for _, change in steps:
        up += change
        most = max(most, up)
    return most


def most_in_a_second(lines: Iterable[Line]) -> int:
    starts = sorted(line.began_at for line in lines)
    return max((sum(at <= each < at + 1.0 for each in starts[i : i + 99]) for i, at in enumerate(starts)), default=0)


class Ledger:
    """All calls of a campaign as the network has seen them; `alone` is what becomes of a person whom nobody joins."""

    def __init__(self, lines: Iterable[Line], rows: Iterable[AttemptRow], alone: str = "abandoned") -> None:
        self.lines = sorted(lines, key=lambda line: line.began_at)
        self.wrong: list[str] = []
        self.taken_for_machines: list[Line] = []  # persons: what an ear gets wrong is a figure of its own
        self._alone = alone
        self.rows = sorted(rows, key=lambda row: row.begun_at)
        self.of: dict[int, list[Line]] = {}
        for line in self.lines:
            self.of.setdefault(behind(line.number), []).append(line)
        self._compare()
        self.outcomes = Counter(map(self.came_to, self.lines))

    def came_to(self, line: Line) -> str:
        """A call in the product's words, by what the network did. No agent ever hangs up first."""
        if line.how.answer == RINGS:
            return "no_answer"
        if line.how.answer != 200:
            return ANSWERS[line.how.answer]
        if line.how.voice is MACHINE or any(line is each for each in self.taken_for_machines):
            return "machine"
        if line.ended_by == "caller":
            return self._alone
        return "answered" if (line.ended_at or 0) - (line.answered_at or 0) >= SHORT_S else "short"

    def _compare(self) -> None:
        """Each stored attempt with its call; of one that was cancelled, or found no line of ours, the network has not
        heard."""
        left = {n: list(lines) for n, lines in self.of.items()}
        for row in self.rows:
            n = behind(row.number)
            if row.outcome == "cancelled" or (row.outcome == "congestion" and not row.tech_cause):
                continue
            line = left[n].pop(0) if left.get(n) else None
            if line is not None and row.amd == "machine" and line.how.voice is not MACHINE:
                self.taken_for_machines.append(line)
            expected = self.came_to(line) if line else "never heard of"
            if row.outcome != expected:
                self.wrong.append(f"{n}: {expected}, stored as {row.outcome or 'nothing'}")
        self.wrong += [f"{n}: called without an attempt" for n, lines in left.items() if lines]

    def waits_s(self) -> list[float]:
        """Of persons: from the end of their greeting to the first word of an agent."""
        return sorted(
            line.heard_at - (line.answered_at or 0) - (HELLO_S if line.how.voice else 0)
            for line in self.lines
            if line.heard_at is not None and self.came_to(line) in PERSONS
        )

    def of_results(self, text: str) -> list[str]:
        """Where the file of results differs."""
        rows, wrong = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")))), []
        for row in rows:
            said = [self.came_to(line) for line in self.of.get(behind(row["Number"]), [])]
            tries = sum(word != "congestion" for word in said)
            told = (row["Last outcome"], int(row["Tries"]), row["State"])
            if told != (said[-1] if said else "", tries, "done"):
                wrong.append(f"{row['Number']}: {said}, in the file {told}")
        missing = self.of.keys() - {behind(row["Number"]) for row in rows}
        return wrong + [f"{n}: not in the file" for n in missing]

    def of_figures(self, told: "Told") -> list[str]:
        """Where pages, API and history differ."""
        reached = [line for line in self.lines if line.heard_at is not None and self.came_to(line) in PERSONS]
        of_calls = Counter(
            "answered" if line in reached else {"congestion": "no_trunk"}.get(word := self.came_to(line), word)
            for line in self.lines
        )
        pairs: dict[str, tuple[Any, Any]] = {
            "attempts": (len(self.lines), told.now.get("Attempts today")),
            "answers": (sum(self.outcomes[word] for word in (*PERSONS, self._alone)), told.now.get("Answered")),
            "with an agent": (len(reached), told.now.get("With an agent")),
            "abandoned today": (self.outcomes["abandoned"], told.abandoned),
            "contacts done": (len(self.of), told.progress.get("Done")),
            "last results": (Counter(self.came_to(lines[-1]) for lines in self.of.values()), told.results),
            "history": (of_calls, told.interactions),
        }
        for word, text in OUTCOMES.items():
            pairs[word] = self.outcomes[word], told.progress.get(text, 0)
        return [f"{name}: {seen}, reported {said}" for name, (seen, said) in pairs.items() if seen != said]


@dataclass(frozen=True)
class Told:
    """What live page, API and files say of a dialer whose list and campaign have its own key."""

    now: Mapping[str, int]
    abandoned: int
    progress: Mapping[str, int]
    results: Counter[str]
    interactions: Counter[str]
    file: str


async def read_told(url: str, token: str, dialer: str) -> Told:
    """As the supervisor `boss` and with a token of the API."""
    headers = {"Authorization": f"Bearer {token}"}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar, headers=headers, raise_for_status=True) as browser:

        async def get(path: str) -> str:
            async with browser.get(path) as response:
                return await response.text()

        async with browser.post("/sign-in", data={"login": "boss", "password": PASSWORD}):
            now = await get(f"/dialers/{dialer}/live/now")
        progress = await get(f"/dialers/{dialer}/live/progress")
        api, file = await get(f"/api/v1/dialers/{dialer}/progress"), await get(f"/lists/{dialer}/contacts.csv")
        return Told(
            now=_figures(now),
            abandoned=int((re.findall(r"Abandoned today</label><span[^>]*>([\d,]+)", now) or ["0"])[0]),
            progress=_figures(progress),
            results=Counter({each["result"]: each["contacts"] for each in json.loads(api)["items"]}),
            interactions=await _interactions(get, dialer),
            file=file,
        )


async def _interactions(get: Callable[[str], Awaitable[str]], campaign: str) -> Counter[str]:
    found, page = Counter[str](), 1
    while page:
        read = json.loads(await get(f"/api/v1/interactions?direction=outbound&limit=500&page={page}"))
        found.update(each["outcome"] for each in read["items"] if each["campaign"] == campaign)
        page = read["next"]
    return found


def _figures(text: str) -> dict[str, int]:
    found = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([\d,]+)", text)
    return {name: int(number.replace(",", "")) for name, number in found}
