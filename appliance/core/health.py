"""Findings of the appliance about itself, in the administrator's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Grade = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """`message` and `advice` are English with {placeholders}; `advice` says what to do next."""

    part: str
    grade: Grade
    message: str
    advice: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        return " ".join(part.format(**self.context) for part in (self.message, self.advice) if part)


def worst(findings: list[Finding]) -> Grade:
    grades = {finding.grade for finding in findings}
    return "bad" if "bad" in grades else "warning" if "warning" in grades else "good"
