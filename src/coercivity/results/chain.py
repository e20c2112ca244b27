"""The answer to *why*: a chain of steps from a stopped line back to a measure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

__all__ = ["Chain", "Step", "StepKind"]

StepKind = Literal[
    "output", "demand", "capacity", "input", "lane", "gate", "licence", "cap", "supplier", "shock"
]


@dataclass(frozen=True)
class Step:
    """One link of the chain.

    Parameters
    ----------
    kind : StepKind
        What the step is about.
    subject : str
        Id of the site, slot, lane, licence group or cap.
    text : str
        The step as one sentence.
    day : date
        Day the step is about; causes lie on or before the day of their effect.
    depth : int
        0 for the question; a cause is one deeper than what it explains.
    numbers : tuple of (name, value, unit)
        Figures of the sentence.
    refs : tuple of str
        Ids of measures, licences or claims.
    """

    kind: StepKind
    subject: str
    text: str
    day: date
    depth: int = 0
    numbers: tuple[tuple[str, float, str], ...] = ()
    refs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain data."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "text": self.text,
            "day": self.day.isoformat(),
            "depth": self.depth,
            "numbers": [list(number) for number in self.numbers],
            "refs": list(self.refs),
        }


@dataclass(frozen=True)
class Chain:
    """Why a site made what it made on a day, in one member.

    Parameters
    ----------
    site : str
    day : date
    member : int
    output, baseline : float, unit of the site's item per day
    steps : tuple of Step
        Depth first: a step's causes follow it.
    """

    site: str
    day: date
    member: int
    output: float
    baseline: float
    steps: tuple[Step, ...]

    @property
    def refs(self) -> tuple[str, ...]:
        """Every measure, licence or claim named, in order of appearance."""
        return tuple(dict.fromkeys(ref for step in self.steps for ref in step.refs))

    def __str__(self) -> str:
        return "\n".join(f"{'  ' * step.depth}{step.text}" for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the chain as plain data."""
        return {
            "site": self.site,
            "day": self.day.isoformat(),
            "member": self.member,
            "output": self.output,
            "baseline": self.baseline,
            "steps": [step.to_json() for step in self.steps],
        }
