"""Candidates on a list of denied parties for a name, each with an explained score.

The scores come from rapidfuzz. They order what a person looks at; nothing is decided here, and no
score clears anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from rapidfuzz import fuzz, process

from coercivity.errors import InputError
from coercivity.licences.names import ComparableName, comparable
from coercivity.licences.screening_list import Alias, DeniedParty, DeniedPartyList, ListVersion

__all__ = ["Candidate", "Screening", "ScreeningIndex", "ScreeningMethod", "TokenMatch", "screen"]

_BITS: Final = 21
"""Bits of a character; three characters make one 63-bit key."""


@dataclass(frozen=True)
class ScreeningMethod:
    """How candidates are found; the defaults are those of rapidfuzz's own weighted ratio.

    Parameters
    ----------
    min_score : float
        Candidates from this score on, 0 to 100.
    limit : int
        Most candidates returned.
    set_weight : float
        Weight of the ratio of word sets and of the cover by words, in which left-over words count
        for little or nothing; rapidfuzz weighs the former 0.95 [RapidFuzz].
    partial_weight : float
        Weight of the ratio of the best-matching part, used for scripts without spaces only;
        rapidfuzz weighs it 0.9 [RapidFuzz].
    min_token_score : float
        Two words are called the same from this score on.
    n_blocked : int
        Names looked at in full for sharing the rarest groups of three letters.
    rare : int
        A word on at most this many names is rare: every name with it is looked at in full.
    """

    min_score: float = 75.0
    limit: int = 20
    set_weight: float = 0.95
    partial_weight: float = 0.9
    min_token_score: float = 75.0
    n_blocked: int = 400
    rare: int = 200

    def __post_init__(self) -> None:
        if not 0 < self.min_score <= 100 or self.limit < 1:
            raise InputError(
                f"min_score is {self.min_score} and limit {self.limit}",
                where="screening method",
                expected="a score above 0 and up to 100, and a limit of one or more",
            )


@dataclass(frozen=True)
class TokenMatch:
    """A word of the name that was asked for and the word of the alias it was matched with."""

    asked: str
    listed: str
    score: float


@dataclass(frozen=True)
class Candidate:
    """An entry of the list that may be the party, and why.

    Parameters
    ----------
    party : DeniedParty
    alias : Alias
        The name of the entry that matched best.
    score : float
        0 to 100.
    algorithm : str
        Which ratio gave the score.
    scores : dict of str to float
        Every ratio, weighted.
    tokens : tuple of TokenMatch
        Words that were matched.
    left_over : tuple of str
        Words of the name asked for that no word of the alias matches.
    """

    party: DeniedParty
    alias: Alias
    score: float
    algorithm: str
    scores: dict[str, float]
    tokens: tuple[TokenMatch, ...]
    left_over: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as plain values."""
        return {
            "party": self.party.id,
            "name": self.party.aliases[0].text,
            "schema": self.party.schema,
            "countries": list(self.party.countries),
            "why": list(self.party.why),
            "where": self.party.where,
            "score": self.score,
            "explanation": {
                "alias": self.alias.text,
                "alias_kind": self.alias.kind,
                "algorithm": self.algorithm,
                "scores": self.scores,
                "tokens": [
                    {"asked": t.asked, "listed": t.listed, "score": t.score} for t in self.tokens
                ],
                "left_over": list(self.left_over),
            },
        }


@dataclass(frozen=True)
class Screening:
    """What screening a name came to: candidates to look at, no verdict.

    Parameters
    ----------
    name, compared_as : str
        As given, and the words that were compared.
    list_version : ListVersion
    candidates : tuple of Candidate
        Best first, up to the method's limit.
    n_found : int
        Parties that reach the least score, those beyond the limit counted.
    n_parties, n_names : int
        Parties and names on the list.
    """

    name: str
    compared_as: str
    list_version: ListVersion
    candidates: tuple[Candidate, ...]
    n_found: int
    n_parties: int
    n_names: int

    def to_json(self) -> dict[str, Any]:
        """Return the screening as plain values."""
        return {
            "name": self.name,
            "compared_as": self.compared_as,
            "list": self.list_version.to_json(),
            "n_parties": self.n_parties,
            "n_names": self.n_names,
            "n_found": self.n_found,
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "decided": False,
        }


@dataclass(frozen=True)
class _Grams:
    """Names by their groups of three letters: sorted keys, and where each key's names begin."""

    keys: np.ndarray
    starts: np.ndarray
    names: np.ndarray
    weights: np.ndarray = field(repr=False)


class ScreeningIndex:
    """A list made ready for many queries.

    Parameters
    ----------
    denied : DeniedPartyList
    """

    def __init__(self, denied: DeniedPartyList) -> None:
        self.denied = denied
        pairs = [(party, alias) for party in denied.parties for alias in party.aliases]
        self._pairs = pairs
        self._names = [comparable(alias.text) for _, alias in pairs]
        self._keys = [name.key for name in self._names]
        self._tokens = _by_token(self._names)
        self._grams = _grams(self._keys)

    def screen(self, name: str, *, method: ScreeningMethod | None = None) -> Screening:
        """Return the candidates for a name, best first.

        Parameters
        ----------
        name : str
        method : ScreeningMethod, optional

        Raises
        ------
        InputError
            If the name is empty.
        """
        if not name.strip():
            raise InputError("no name is given", expected="the name of a party")
        chosen, asked = method or ScreeningMethod(), comparable(name)
        best: dict[str, Candidate] = {}
        for candidate in self._scored(asked, self._worth_a_look(asked, chosen), chosen):
            kept = best.get(candidate.party.id)
            if kept is None or candidate.score > kept.score:
                best[candidate.party.id] = candidate
        ordered = sorted(best.values(), key=lambda found: (-found.score, found.party.id))
        return Screening(
            name,
            " ".join(asked.tokens),
            self.denied.version,
            tuple(_explained(asked, found, chosen) for found in ordered[: chosen.limit]),
            len(ordered),
            len(self.denied.parties),
            len(self._pairs),
        )

    def _worth_a_look(self, asked: ComparableName, method: ScreeningMethod) -> list[int]:
        """Return the names to score in full: alike as a whole, sharing rare words or letters."""
        # Every name is compared as a whole, so that blocking cannot hide a near copy.
        whole = _ratios(fuzz.ratio, asked.key, self._keys, method.min_score)
        found = set(np.flatnonzero(whole).tolist())
        for token in asked.tokens:
            names = self._tokens.get(token, ())
            if len(names) <= method.rare:
                found.update(names)
        found.update(_sharing(self._grams, asked.key, len(self._keys), method.n_blocked))
        return sorted(found)

    def _scored(
        self, asked: ComparableName, numbers: Sequence[int], method: ScreeningMethod
    ) -> Iterator[Candidate]:
        """Yield those of some names that reach the least score, with every ratio."""
        keys = [self._keys[number] for number in numbers]
        whole = _ratios(fuzz.ratio, asked.key, keys)
        words = method.set_weight * _ratios(fuzz.token_set_ratio, asked.key, keys)
        for place, number in enumerate(numbers):
            scores = {"token_sort_ratio": whole[place], "token_set_ratio": words[place]}
            listed = self._names[number]
            cover = _word_cover(asked.tokens, listed.tokens, method.min_token_score)
            scores["word_cover"] = method.set_weight * cover
            if asked.is_unspaced and listed.is_unspaced:
                part = fuzz.partial_ratio(asked.tokens[0], listed.tokens[0])
                scores["partial_ratio"] = method.partial_weight * part
            algorithm, score = max(scores.items(), key=lambda item: item[1])
            if score >= method.min_score:
                rounded = {name: round(float(value), 1) for name, value in scores.items()}
                party, alias = self._pairs[number]
                yield Candidate(party, alias, rounded[algorithm], algorithm, rounded, (), ())


def _ratios(scorer: Any, asked: str, keys: Sequence[str], cutoff: float = 0.0) -> np.ndarray:
    """Return float32[name], 0 to 100; 0 below the cutoff."""
    found: np.ndarray = process.cdist(
        [asked], keys, scorer=scorer, score_cutoff=cutoff or None, dtype=np.float32, workers=1
    )[0]
    return found


def _word_cover(one: Sequence[str], other: Sequence[str], min_token_score: float) -> float:
    """Return how well the longer name holds the words of the shorter one, 0 to 100.

    Each word counts with its length and the ratio to the word most like it, or not at all if that
    is below `min_token_score`: a plural or a slip of the pen in one word is no other word.
    """
    shorter, longer = sorted((one, other), key=lambda words: sum(map(len, words)))
    found = 0.0
    for word in shorter:
        best = process.extractOne(word, longer, scorer=fuzz.ratio, score_cutoff=min_token_score)
        found += len(word) * (best[1] if best else 0.0)
    return found / sum(map(len, shorter))


def screen(
    name: str, denied: DeniedPartyList, *, method: ScreeningMethod | None = None
) -> Screening:
    """Return the candidates for one name; for many names keep a :class:`ScreeningIndex`."""
    return ScreeningIndex(denied).screen(name, method=method)


def _explained(asked: ComparableName, found: Candidate, method: ScreeningMethod) -> Candidate:
    """Add which words matched which, each word of the alias at most once."""
    free = list(comparable(found.alias.text).tokens)
    matches, left_over = [], []
    for token in asked.tokens:
        best = process.extractOne(
            token, free, scorer=fuzz.ratio, score_cutoff=method.min_token_score
        )
        if best is None:
            left_over.append(token)
            continue
        matches.append(TokenMatch(token, best[0], round(best[1], 1)))
        free.pop(best[2])
    return Candidate(
        found.party, found.alias, found.score, found.algorithm, found.scores,
        tuple(matches), tuple(left_over),
    )  # fmt: skip


def _by_token(names: Sequence[ComparableName]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        for token in set(name.tokens):
            found.setdefault(token, []).append(number)
    return found


def _keys_of(text: str) -> np.ndarray:
    """Return the groups of three characters of a text as int64[position] keys."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
    return (points[:-2] << 2 * _BITS) | (points[1:-1] << _BITS) | points[2:]


def _grams(keys: Sequence[str]) -> _Grams:
    """Index names by groups of three letters, all at once; a line end separates two names."""
    text = "\n".join(f" {key} " for key in keys)
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    ends = points == ord("\n")
    owner = np.cumsum(ends).astype(np.int32)[:-2]
    inside = ~(ends[:-2] | ends[1:-1] | ends[2:])
    grams, names = _keys_of(text)[inside], owner[inside]
    order = np.argsort(grams, kind="stable")
    grams, names = grams[order], names[order]
    # The names of a group are in order already, so that doubles lie side by side.
    first = np.ones(grams.size, bool)
    first[1:] = (grams[1:] != grams[:-1]) | (names[1:] != names[:-1])
    grams, names = grams[first], names[first]
    unique, starts = np.unique(grams, return_index=True)
    counts = np.diff(np.append(starts, grams.size))
    weights = np.log1p(len(keys) / counts)
    return _Grams(unique, np.append(starts, grams.size), names, weights)


def _sharing(grams: _Grams, key: str, n_names: int, n_wanted: int) -> list[int]:
    """Return the names that share most with a key, rare groups of letters counting for more."""
    wanted = np.unique(_keys_of(f" {key} "))
    places = np.searchsorted(grams.keys, wanted)
    shared = np.zeros(n_names)
    for place, gram in zip(places.tolist(), wanted.tolist(), strict=True):
        if place < grams.keys.size and grams.keys[place] == gram:
            names = grams.names[grams.starts[place] : grams.starts[place + 1]]
            shared[names] += grams.weights[place]
    n_kept = min(n_wanted, n_names)
    top = np.argpartition(shared, n_names - n_kept)[n_names - n_kept :]
    return [int(number) for number in top if shared[number] > 0]
