"""Acts told by a noun: "a meeting between A and B", "A-B trade talks"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from coercivity.claims.clauses import clause_range, is_class, noun_range
from coercivity.claims.frame_rules import Act, load_rules
from coercivity.claims.reading import Reading
from coercivity.claims.roles import Filler, named, place_of
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["nominal_acts"]

Token = Any
_AHEAD = re.compile(
    r"\b(?:before|ahead of|upcoming|planned|possible|proposed|expected|scheduled)"
    r"\s+(?:an?\s+|the\s+|their\s+)?(?:[\w-]+\s+){0,3}$",
    re.IGNORECASE,
)
_PEOPLED = frozenset({"MEETING", "DEAL", "TALKS_RESUMED"})


def nominal_acts(
    sentence: Any, here: list[Act], reading: Reading, vocabulary: Vocabulary
) -> Iterator[Act]:
    """Find the acts that nouns of a sentence tell.

    Parameters
    ----------
    sentence : Span
        Of the parse.
    here : list of Act
        Acts of its verbs; a noun that one of them takes as object tells no second act.
    """
    rules = [rule for rule in load_rules() if rule.nouns]
    for token in sentence:
        rule = next(
            (
                r
                for r in rules
                if token.pos_ == "NOUN" and is_class(token, r.nouns, vocabulary.lexicon)
            ),
            None,
        )
        if rule is None or any(_takes(act, token) for act in here):
            continue
        slots = list(_nominal_people(token, reading))
        countries = {vocabulary.country_of(f.value) or f.value for _, f in slots}
        if len(countries) < 2:
            continue
        clause = _nominal_clause(token, sentence)
        place = place_of(clause, token, reading)
        if place is not None:
            slots.append(("place", place))
        yield Act(
            rule=rule.id,
            frame=rule.frame,
            trigger=(token.idx, token.idx + len(token)),
            clause=clause,
            sentence=(sentence.start_char, sentence.end_char),
            slots=tuple(dict.fromkeys(slots)),
            is_negated=any(c.lower_ == "no" for c in token.children),
            modality="planned" if _AHEAD.search(reading.text[: token.idx]) else "actual",
        )


def _takes(act: Act, token: Token) -> bool:
    """Whether an act already speaks of this noun: "held a meeting"."""
    return act.frame in _PEOPLED and act.trigger[0] == token.head.idx


def _nominal_people(token: Token, reading: Reading) -> Iterator[tuple[str, Filler]]:
    """Parties of a noun: behind "between" and "with", or compounded in front of it."""
    nouns = []
    for holder in (token, *(c for c in token.children if c.dep_ == "relcl"), *token.conjuncts):
        for prep in holder.children:
            if prep.dep_ == "prep" and prep.lower_ in ("between", "with"):
                for noun in prep.children:
                    if noun.dep_ == "pobj":
                        nouns.extend([noun, *noun.conjuncts])
    for noun in nouns:
        start, end = noun_range(noun)
        for entity, mention in named(noun, start, end, reading, "between"):
            kind = "country" if entity.is_place else "party"
            yield "participant", Filler(entity.value, kind, mention.start, mention.end, "between")
    if nouns:
        return
    start, end = noun_range(token)
    for mention in reading.mentions_in(start, token.idx):
        found = mention.party() or mention.place()
        if found is not None:
            kind = "country" if found.is_place else "party"
            yield "participant", Filler(found.value, kind, mention.start, mention.end, "compound")


def _nominal_clause(token: Token, sentence: Any) -> tuple[int, int]:
    """Clause of the verb that governs a noun."""
    for ancestor in token.ancestors:
        if ancestor.pos_ in ("VERB", "AUX"):
            return clause_range(ancestor)
    return sentence.start_char, sentence.start_char + len(sentence.text.rstrip(" .!?"))
