"""Statements: who is made to say, ask or deny what, and in whose words.

A statement is a range of text with a cue (the verb of saying) and a speaker. Frames found inside
it are the speaker's; what stands inside a question is nobody's assertion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from coercivity.claims.clauses import subtree
from coercivity.claims.cues import UNSAID, cue_kind
from coercivity.claims.model import Speaker
from coercivity.claims.quotes import Quote
from coercivity.claims.reading import Reading
from coercivity.claims.speakers import Speakers, find_speaker
from coercivity.claims.vocabulary import Vocabulary

__all__ = ["Statement", "find_statements"]

Token = Any
SHORTEST_QUOTE = 3
"""Words from which a quotation is a statement and not a word in quotation marks."""

NEAR = 90
"""Code points between a quotation and a verb of saying that may belong to it."""

_QUESTION_MARKS = frozenset({"if", "whether"})
_WH_WORDS = frozenset({"how", "what", "when", "why", "who", "where", "which", "whether", "if"})
_WORD = re.compile(r"\w+")
_PART = re.compile(r"[;!?\n]|\.(?=\s|$)")
_TURN = re.compile(r"\s*(?:Question|Query|Q)(?:\s?\d{1,2})?\s?[.:)]\s+", re.IGNORECASE)
_REPLY = re.compile(
    r"\b(?:Answer|Reply|Response|Ans|A|Official Spokes\w+|Spokes\w+|Minister|Secretary)\s?:\s"
)


@dataclass(frozen=True)
class Statement:
    """A stretch of text that somebody is made to say.

    Parameters
    ----------
    start, end : int
        Content, in code points of the view; quotation marks included.
    mode : str
        ``direct``, ``mixed``, ``indirect`` or ``question``.
    kind : str
        ``say``, ``question`` or ``deny``.
    speaker : Speaker or None
    cue : (int, int) or None
        Range of the verb of saying.
    frame_range : (int, int)
        Sentences around it: where the time of saying may stand.
    rule : str
        How it was recognised.
    """

    start: int
    end: int
    mode: str
    kind: str
    speaker: Speaker | None
    cue: tuple[int, int] | None
    frame_range: tuple[int, int]
    rule: str

    def contains(self, position: int) -> bool:
        """Whether a code point lies inside the content."""
        return self.start <= position < self.end


def find_statements(
    reading: Reading, vocabulary: Vocabulary, known: Speakers
) -> tuple[Statement, ...]:
    """Find the statements of a block, in order.

    Parameters
    ----------
    known : Speakers
        Register of the document; updated.
    """
    found: list[Statement] = []
    for sentence in reading.parse.sents if reading.parse is not None else ():
        for token in sentence:
            kind = cue_kind(token, vocabulary)
            if kind and not reading.in_quote(token.idx):
                found.extend(_indirect(token, kind, sentence, reading, vocabulary, known))
            if token.lower_ == "according" and not reading.in_quote(token.idx):
                found.extend(_according(token, sentence, reading, vocabulary, known))
        for quote in reading.quotes:
            if sentence.start_char <= quote.end - 1 < sentence.end_char:
                found.extend(_direct(quote, found, reading, vocabulary, known))
        found.extend(_bare_question(sentence, reading, found))
    found.extend(_asked_turn(reading))
    found = [_over_semicolons(statement, reading, vocabulary) for statement in found]
    return tuple(sorted(found, key=lambda statement: (statement.start, -statement.end)))


def _over_semicolons(statement: Statement, reading: Reading, vocabulary: Vocabulary) -> Statement:
    """Let a content that follows its verb go on behind a semicolon, where nobody else speaks."""
    follows = statement.cue is not None and statement.cue[1] <= statement.start
    if statement.mode not in ("indirect", "mixed") or not follows:
        return statement
    end = statement.end
    text = reading.text
    while end < len(text) and text[end] == ";":
        stop = _PART.search(text, end + 1)
        first, last = end, stop.start() if stop else len(text)
        tokens = (t for t in reading.parse or () if first < t.idx < last)
        if any(vocabulary.lexicon.cues.get(t.lemma_.lower()) and t.pos_ == "VERB" for t in tokens):
            break
        end = last
    return replace(statement, end=end) if end > statement.end else statement


def _indirect(
    cue: Token,
    kind: str,
    sentence: Any,
    reading: Reading,
    vocabulary: Vocabulary,
    known: Speakers,
) -> list[Statement]:
    """Statement in a clause that depends on a verb of saying."""
    clause = _content_clause(cue, kind)
    speaker_token = _speaker_token(cue)
    speaker = None
    if speaker_token is not None:
        speaker = find_speaker(speaker_token, reading, vocabulary, known)
    if clause is None:
        return _about(cue, kind, speaker, sentence, reading)
    start, end = _content_range(clause, cue, reading)
    # What is quoted from its first word on is found as a quotation.
    if start >= end or (reading.in_quote(clause.idx) and reading.in_quote(start)):
        return []
    quotes = [quote for quote in reading.quotes if start <= quote.start < end]
    if any(quote.end - quote.start >= 0.8 * (end - start) for quote in quotes):
        return []
    first = clause.doc.char_span(start, end, alignment_mode="expand")[0].lower_
    asks = kind in ("ask", UNSAID) or first in _WH_WORDS or _mark(clause) in _QUESTION_MARKS
    kind_here = "question" if asks else "deny" if kind == "deny" else "say"
    mode = "question" if asks else "mixed" if quotes else "indirect"
    return [
        Statement(
            start,
            end,
            mode,
            kind_here,
            speaker,
            (cue.idx, cue.idx + len(cue)),
            (sentence.start_char, sentence.end_char),
            f"clause of {cue.lemma_.lower()}",
        )
    ]


def _content_clause(cue: Token, kind: str) -> Token | None:
    """Verb of the clause that says what is said."""
    for child in cue.children:
        if child.dep_ == "ccomp" and not _is_small_clause(child, cue):
            return child
    told = _told_in(cue) if kind in ("say", "confirm", "deny") else None
    if told is not None:
        return told
    if kind in ("ask", UNSAID):
        for child in cue.children:
            if child.dep_ in ("advcl", "xcomp") and _mark(child) in _QUESTION_MARKS:
                return child
    if kind == "deny":
        for child in cue.children:
            if child.dep_ in ("dobj", "xcomp"):
                inner = [c for c in child.children if c.dep_ in ("acl", "ccomp", "relcl")]
                return inner[0] if inner else child
    if cue.dep_ in ("parataxis", "conj", "ccomp", "dep") and cue.head.pos_ in ("VERB", "AUX"):
        return cue.head if _is_trailing(cue) else None
    if cue.dep_ == "advcl" and cue.head.pos_ in ("VERB", "AUX") and _mark(cue) == "as":
        return cue.head
    return None


def _told_in(cue: Token) -> Token | None:
    """Find the clause that the parser hung on a noun: "told them in a letter that it had …"."""
    for prep in cue.children:
        for noun in prep.children if prep.dep_ == "prep" and prep.i > cue.i else ():
            for clause in noun.children if noun.dep_ == "pobj" else ():
                has_subject = any(c.dep_ in ("nsubj", "nsubjpass") for c in clause.children)
                if clause.dep_ in ("acl", "relcl") and _mark(clause) == "that" and has_subject:
                    return clause
    return None


def _is_trailing(cue: Token) -> bool:
    """Whether a verb of saying closes its sentence: "…, the ministry confirmed on Thursday"."""
    subject = next((c for c in cue.children if c.dep_ == "nsubj"), None)
    if subject is None or cue.head.i > cue.i or any(c.dep_ == "dobj" for c in cue.children):
        return bool(cue.dep_ == "parataxis")
    edge = subject.left_edge.i
    return bool(edge > 0 and cue.doc[edge - 1].lower_ in (",", "so"))


def _is_small_clause(child: Token, cue: Token) -> bool:
    """Whether a complement has neither subject nor finite verb: "asked the ministry to seek"."""
    has_subject = any(
        c.dep_ in ("nsubj", "nsubjpass", "expl", "csubj", "attr") for c in child.children
    )
    to_infinitive = any(c.dep_ == "aux" and c.lower_ == "to" for c in child.children)
    return not has_subject or (to_infinitive and child.i > cue.i)


def _mark(clause: Token) -> str:
    """Conjunction that opens a clause, or an empty string."""
    return next((c.lower_ for c in clause.children if c.dep_ == "mark"), "")


def _content_range(clause: Token, cue: Token, reading: Reading) -> tuple[int, int]:
    """Text range of a content clause, without the verb of saying and its company."""
    dropped: set[int] = set()
    if cue.is_ancestor(clause):
        kept = subtree(clause)
    else:
        dropped = {token.i for token in cue.subtree}
        kept = [token for token in subtree(clause) if token.i not in dropped]
        kept = [token for token in kept if (token.i < cue.i) == (clause.i < cue.i)]
    if clause.i < cue.i:
        kept = [token for token in kept if token.i < cue.i]
    kept = _without_leading_date(kept, clause, cue, reading)
    while (
        kept and (kept[-1].is_punct or kept[-1].is_space) and kept[-1].text not in ("”", "%", ")")
    ):
        kept.pop()
    while kept and (kept[0].is_punct or kept[0].is_space) and kept[0].text != "“":
        kept.pop(0)
    if not kept:
        return 0, 0
    return kept[0].idx, kept[-1].idx + len(kept[-1])


def _without_leading_date(
    kept: list[Token], clause: Token, cue: Token, reading: Reading
) -> list[Token]:
    """Leave out a date between the verb of saying and its clause: it dates the saying."""
    if clause.i < cue.i or not kept:
        return kept
    opening = [c for c in clause.children if c.dep_ in ("mark", "nsubj", "nsubjpass", "expl")]
    if not opening:
        return kept
    first = min(child.left_edge.i for child in opening)
    lead = [token for token in kept if token.i < first]
    if lead and any(lead[0].idx <= date.start < kept[len(lead)].idx for date in reading.dates):
        return kept[len(lead) :]
    return kept


def _speaker_token(cue: Token) -> Token | None:
    """Subject of a verb of saying; that of the first verb for a second one."""
    token = cue
    for _ in range(4):
        for child in token.children:
            if child.dep_ in ("nsubj", "nsubjpass"):
                passive = child.dep_ == "nsubjpass" and token.lemma_ in ("ask", "press", "question")
                return None if passive else child
        if token.dep_ == "acl" and token.tag_ == "VBG" and token.head.pos_ in ("NOUN", "PROPN"):
            return token.head
        if token.dep_ in ("conj", "xcomp", "advcl") and token.head.pos_ in ("VERB", "AUX"):
            if token.dep_ == "advcl" and token.tag_ == "VBN":
                return None
            token = token.head
            continue
        return None
    return None


def _about(
    cue: Token, kind: str, speaker: Speaker | None, sentence: Any, reading: Reading
) -> list[Statement]:
    """Find a question about something: "asked about the reported licences"."""
    if kind not in ("ask", UNSAID):
        return []
    for child in cue.children:
        if child.dep_ == "prep" and child.lower_ in ("about", "on", "over"):
            tokens = [token for token in subtree(child) if token.i > child.i]
            while tokens and tokens[-1].is_punct:
                tokens.pop()
            if tokens:
                return [
                    Statement(
                        tokens[0].idx,
                        tokens[-1].idx + len(tokens[-1]),
                        "question",
                        "question",
                        speaker,
                        (cue.idx, cue.idx + len(cue)),
                        (sentence.start_char, sentence.end_char),
                        f"object of {cue.lemma_.lower()}",
                    )
                ]
    return []


def _according(
    token: Token, sentence: Any, reading: Reading, vocabulary: Vocabulary, known: Speakers
) -> list[Statement]:
    """Statement of a whole sentence with "according to"."""
    noun = next((t for t in token.subtree if t.dep_ == "pobj" and t.i > token.i), None)
    if noun is None:
        return []
    phrase = subtree(token)
    first, last = phrase[0].idx, phrase[-1].idx + len(phrase[-1])
    text = reading.text
    if first - sentence.start_char < 3:
        start, end = last, sentence.end_char
    else:
        start, end = sentence.start_char, first
    while start < end and text[start] in " ,;:\t":
        start += 1
    while end > start and text[end - 1] in " ,;:.\t":
        end -= 1
    if start >= end:
        return []
    return [
        Statement(
            start,
            end,
            "indirect",
            "say",
            find_speaker(noun, reading, vocabulary, known),
            (token.idx, token.idx + len(token)),
            (sentence.start_char, sentence.end_char),
            "according to",
        )
    ]


def _direct(
    quote: Quote,
    found: list[Statement],
    reading: Reading,
    vocabulary: Vocabulary,
    known: Speakers,
) -> list[Statement]:
    """Statement in quotation marks, with the rest of its sentence if that only places it."""
    text = reading.text
    inner = text[slice(*quote.inner())]
    if len(_WORD.findall(inner)) < SHORTEST_QUOTE:
        return []
    if any(s.mode == "mixed" and s.start <= quote.start and quote.end <= s.end for s in found):
        return []
    around = _sentences_of(quote, reading)
    cue, before = _nearest_cue(quote, around, reading, vocabulary)
    kind = "question" if inner.rstrip().endswith("?") else "say"
    if cue is None:
        return _continued(quote, kind, around, found, reading)
    token = _speaker_token(cue)
    speaker = find_speaker(token, reading, vocabulary, known) if token is not None else None
    if cue_kind(cue, vocabulary) == "ask":
        kind = "question"
    end = _with_tail(quote, around[1], reading, vocabulary) if before else quote.end
    return [
        Statement(
            quote.start,
            end,
            "question" if kind == "question" else "direct",
            kind,
            speaker,
            (cue.idx, cue.idx + len(cue)),
            around,
            "quotation before" if before else "quotation after",
        )
    ]


def _sentences_of(quote: Quote, reading: Reading) -> tuple[int, int]:
    """Range of the sentences a quotation stands in."""
    touched = [
        sentence
        for sentence in reading.parse.sents  # type: ignore[union-attr]
        if sentence.start_char < quote.end and quote.start < sentence.end_char
    ]
    return touched[0].start_char, touched[-1].end_char


def _nearest_cue(
    quote: Quote, around: tuple[int, int], reading: Reading, vocabulary: Vocabulary
) -> tuple[Token | None, bool]:
    """Verb of saying nearest to a quotation, and whether it stands before it."""
    best: tuple[int, Token | None, bool] = (NEAR + 1, None, False)
    ends_open = (
        reading.text[quote.start : quote.end].rstrip("”\"'»’ ").endswith((",", "?", "!", "…"))
    )
    for token in reading.parse:  # type: ignore[union-attr]
        if not around[0] <= token.idx < around[1] or not cue_kind(token, vocabulary):
            continue
        if reading.in_quote(token.idx):
            continue
        if token.idx >= quote.end:
            distance = token.idx - quote.end - (NEAR // 2 if ends_open else 0)
            before = False
        elif token.idx + len(token) <= quote.start:
            distance, before = quote.start - token.idx - len(token), True
        else:
            continue
        if distance < best[0]:
            best = (distance, token, before)
    return best[1], best[2]


def _with_tail(quote: Quote, sentence_end: int, reading: Reading, vocabulary: Vocabulary) -> int:
    """End of a quotation with the rest of its sentence, if that only says where it was said."""
    tail = [
        token
        for token in reading.parse  # type: ignore[union-attr]
        if quote.end <= token.idx < sentence_end
    ]
    while tail and (tail[-1].is_punct or tail[-1].is_space):
        tail.pop()
    has_verb = any(t.pos_ in ("VERB", "AUX") or cue_kind(t, vocabulary) for t in tail)
    is_adverbial = bool(tail) and tail[0].pos_ in ("ADP", "SCONJ", "ADV")
    if has_verb or not is_adverbial:
        return quote.end
    return int(tail[-1].idx + len(tail[-1]))


def _continued(
    quote: Quote, kind: str, around: tuple[int, int], found: list[Statement], reading: Reading
) -> list[Statement]:
    """Attribute a quotation without a verb of its own to whoever spoke just before."""
    earlier = [
        s for s in found if s.mode in ("direct", "mixed", "indirect") and s.end <= quote.start
    ]
    words = len(_WORD.findall(reading.text[quote.start : quote.end]))
    if not earlier:
        if words < 2 * SHORTEST_QUOTE:
            return []
        return [Statement(quote.start, quote.end, "direct", kind, None, None, around, "no cue")]
    last = max(earlier, key=lambda statement: statement.end)
    between = reading.text[last.end : quote.start]
    if len(between) > NEAR or (words < 2 * SHORTEST_QUOTE and "." not in between):
        return []
    return [
        replace(last, start=quote.start, end=quote.end, mode="direct", kind=kind, rule="continued")
    ]


def _asked_turn(reading: Reading) -> list[Statement]:
    """Read a turn of a transcript that is headed as a question: nobody states what it holds."""
    head = _TURN.match(reading.text)
    if head is None:
        return []
    stop = _REPLY.search(reading.text, head.end())
    end = stop.start() if stop else len(reading.text.rstrip())
    if head.end() >= end:
        return []
    around = (0, end)
    return [
        Statement(head.end(), end, "question", "question", None, None, around, "turn of a question")
    ]


def _bare_question(sentence: Any, reading: Reading, found: list[Statement]) -> list[Statement]:
    """Find sentences with a question mark, and clauses that leave open whether it is so."""
    text = sentence.text.rstrip(" ”\"'»’")
    start, end = sentence.start_char, sentence.start_char + len(sentence.text.rstrip())
    inside = any(s.start <= start and end <= s.end and s.kind == "question" for s in found)
    if text.endswith("?") and not inside:
        return [
            Statement(start, end, "question", "question", None, None, (start, end), "question mark")
        ]
    statements = []
    for token in sentence:
        if token.dep_ == "mark" and token.lower_ == "whether":
            clause = subtree(token.head)
            begin, stop = token.idx, clause[-1].idx + len(clause[-1])
            covered = any(s.kind == "question" and s.start <= begin < s.end for s in found)
            if not covered and begin < stop:
                statements.append(
                    Statement(
                        begin, stop, "question", "question", None, None, (start, end), "whether"
                    )
                )
    return statements
