"""What became of each row: taken, changed on the way, or left behind, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["changed", "left"]


@dataclass(frozen=True)
class Taken:
    """A row that became an entity, or helped to."""

    file: str
    row: int
    section: str
    key: str


@dataclass(frozen=True)
class Finding:
    """`message` is English with {placeholders}. Row 0 means the whole file, an empty column the whole row."""

    file: str
    row: int
    column: str
    outcome: Outcome
    message: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        return self.message.format(**self.context) if self.context else self.message


def folded(findings: Iterable[Finding]) -> list[tuple[Finding, list[int]]]:
    """The same thing said of many rows is one line: (the first of them, their rows)."""
    rows: dict[tuple[str, str, str, str], tuple[Finding, list[int]]] = {}
    for each in findings:
        rows.setdefault((each.file, each.column, each.outcome, each.text()), (each, []))[1].append(each.row)
    return sorted(rows.values(), key=lambda pair: (pair[0].file, pair[1][0], pair[0].column))


def row_ranges(rows: Iterable[int]) -> str:
    """`2-4, 7`; nothing where the whole file is meant."""
    spans: list[list[int]] = []
    for row in sorted(set(rows) - {0}):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
