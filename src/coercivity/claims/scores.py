"""Precision, recall and F1 as sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Score", "rounded"]


@dataclass
class Score:
    """Precision, recall and F1 of one thing, summed as it goes.

    Parameters
    ----------
    found, wanted : float
        Labelled fillers that were extracted, and all of them.
    right, claimed : float
        Extracted fillers that are labelled, and all of them.
    """

    found: float = 0.0
    wanted: float = 0.0
    right: float = 0.0
    claimed: float = 0.0

    def add(self, found: float, wanted: float, right: float, claimed: float) -> None:
        """Add one comparison."""
        self.found += found
        self.wanted += wanted
        self.right += right
        self.claimed += claimed

    def join(self, other: Score) -> None:
        """Add another score."""
        self.add(other.found, other.wanted, other.right, other.claimed)

    @property
    def precision(self) -> float | None:
        """Share of what was extracted that is right; ``None`` if nothing was."""
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        """Share of what is labelled that was found; ``None`` if nothing is labelled."""
        return self.found / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean; ``None`` if nothing is labelled and nothing was extracted."""
        if not self.wanted and not self.claimed:
            return None
        precision, recall = self.precision or 0.0, self.recall or 0.0
        total = precision + recall
        return 2 * precision * recall / total if total else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the three figures and the sums behind them, rounded to four places."""
        return {
            "precision": rounded(self.precision),
            "recall": rounded(self.recall),
            "f1": rounded(self.f1),
            "found": rounded(self.found),
            "wanted": rounded(self.wanted),
            "right": rounded(self.right),
            "claimed": rounded(self.claimed),
        }


def rounded(value: float | None) -> float | None:
    """Round to four places; ``None`` stays."""
    return None if value is None else round(value, 4)
