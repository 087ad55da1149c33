"""Users from a CSV file: a preview that changes nothing, and the import of the rows that were chosen."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from appliance.core.csv_rows import Verdict
from appliance.core.problems import Problem
from appliance.core.user_rows import JudgedRow, change_of, judge_rows, read_rows
from appliance.core.words import N_
from appliance.services.users.accounts import load_company
from appliance.services.users.changes import apply_change, insert_user
from appliance.services.users.policy import lock_users
from appliance.services.users.trail import audit

_MEANWHILE = N_("somebody changed this user since the preview; look at the preview again")


class ImportedRow(NamedTuple):
    """What became of a row; `password` is shown this once."""

    judged: JudgedRow
    password: str = ""


async def preview_users(tx: AsyncSession, text: str, *, by: str) -> list[JudgedRow]:
    """Raises Invalid where the file as a whole cannot be read."""
    return list(judge_rows(read_rows(text), await load_company(tx, by=by)))


async def import_users(tx: AsyncSession, text: str, chosen: Mapping[int, Verdict], *, by: str) -> list[ImportedRow]:
    """The rows that were chosen, by line and what the preview said of them.

    Each is judged again, against what is stored by now; one that is refused does not stop the others.
    """
    await lock_users(tx)
    rows = [row for row in read_rows(text) if row.line in chosen]
    report = [
        await _import(tx, _as_seen(judged, chosen), by=by) for judged in judge_rows(rows, await load_company(tx, by=by))
    ]
    counts = Counter(str(each.judged.verdict) for each in report)
    await audit(tx, "import", "file", by, after=dict(counts))
    return report


def _as_seen(judged: JudgedRow, chosen: Mapping[int, Verdict]) -> JudgedRow:
    """Nobody agreed to what somebody else's change has made of a row meanwhile."""
    if judged.verdict in (chosen[judged.row.line], "refused", "same"):
        return judged
    return JudgedRow(judged.row, "refused", problems=(Problem((), _MEANWHILE),))


async def _import(tx: AsyncSession, judged: JudgedRow, *, by: str) -> ImportedRow:
    if judged.user is None:
        return ImportedRow(judged)
    if judged.verdict == "new":
        return ImportedRow(judged, await insert_user(tx, judged.user, by=by))
    if judged.verdict == "changed":
        await apply_change(tx, judged.login, change_of(judged.user), by=by)
    return ImportedRow(judged)
