"""Whether a label and a claim have the same person or body speak."""

from __future__ import annotations

from coercivity.claims.matching import names_in, stems
from coercivity.claims.model import Speaker
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["same_speaker"]


def same_speaker(label: str, speaker: Speaker, vocabulary: Vocabulary) -> bool:
    """Compare by party of the pack, else by a word of the name.

    Parameters
    ----------
    label : str
        The label's ``attribution``; several are joined by commas or ``;``.
    speaker : Speaker
    vocabulary : Vocabulary

    Returns
    -------
    bool
    """
    if speaker.party:
        return speaker.party in names_in(label, vocabulary) or bool(
            stems(speaker.name) & stems(label)
        )
    return bool(stems(speaker.name) & stems(label))
