"""A day in two minutes, and how each agent spent it: `python -m tests.bench.bench_a_day`."""

import asyncio
import tempfile
from pathlib import Path

from tests.pbx.day import a_day

HOURS = 24


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        day = await a_day(Path(folder), hours=HOURS)
    print(f"{day.calls} calls; of the worst, {max(map(abs, day.uncovered_s.values())):.3f} s are in no segment")
    states = ("ready", "oncall", "wrapup", "paused", "missed")
    print(f"{'agent':8}" + "".join(f"{state:>9}" for state in (*states, "sum", "session", "off")))
    for session in sorted(day.sessions, key=lambda session: session.agent):
        spent = day.spent_s()[session.agent]
        assert session.logged_out_at
        logged_in_s = (session.logged_out_at - session.logged_in_at).total_seconds()
        summed_s = sum(spent.values())
        values = [*(spent.get(state, 0.0) for state in states), summed_s, logged_in_s, summed_s - logged_in_s]
        print(f"{session.agent:8}" + "".join(f"{value:9.1f}" for value in values))


if __name__ == "__main__":
    asyncio.run(main())
