"""Numbers, changes, dates and statements of the sentences in ``tests/cases/evidence``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from coercivity.claims.changes import tag_changes
from coercivity.claims.dates import tag_dates
from coercivity.claims.numbers import tag_numbers
from coercivity.claims.parsing import load_parser
from coercivity.claims.reading import read_blocks
from coercivity.claims.resolve import resolve
from coercivity.claims.speakers import Speakers
from coercivity.claims.statements import find_statements
from coercivity.claims.vocabulary import load_lexicon, load_vocabulary
from coercivity.documents.readers import parse_document
from coercivity.timeline import parse_partial

FOLDER = Path(__file__).parents[2] / "cases" / "evidence"
LEXICON = load_lexicon()


def rows(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


NUMBERS, DATES, ATTRIBUTION = (
    rows(name) for name in ("numbers.yaml", "dates.yaml", "attribution.yaml")
)
# Sentences added for other frames by their own suites may stand in the same folder.


def words(row):
    return row["text"][:60]


def numbers_of(text):
    return tag_numbers(text, dates=tag_dates(text), lexicon=LEXICON)


def shown(number):
    """Value, unit (or noun) and hedge, as the cases write them."""
    is_noun = number.noun and (number.unit == "1" or number.noun == "percentage point")
    unit = number.noun.replace(" ", "_") if is_noun else number.unit
    return number.low, number.high, unit, number.hedge


def wanted(text):
    value, unit, *hedge = text.split()
    low, _, high = value.partition("..")
    return float(low), float(high or low), unit, hedge[0] if hedge else ""


def f1(found, wanted_rows, same):
    """F1 over pairs of lists, matched one to one."""
    right = n_found = n_wanted = 0
    for some, others in zip(found, wanted_rows, strict=True):
        rest = list(some)
        for other in others:
            hit = next((one for one in rest if same(one, other)), None)
            if hit is not None:
                rest.remove(hit)
                right += 1
        n_found, n_wanted = n_found + len(some), n_wanted + len(others)
    return 2 * right / (n_found + n_wanted)


def same_value(one, other):
    return one[2] == other[2] and one[:2] == pytest.approx(other[:2])


def test_there_are_enough_sentences():
    assert len(NUMBERS) >= 120
    assert len(DATES) >= 40
    assert len(ATTRIBUTION) >= 40


@pytest.mark.parametrize("row", [r for r in NUMBERS if "missed" not in r], ids=words)
def test_numbers_of_a_sentence(row):
    found = numbers_of(row["text"])
    assert [shown(number)[2:] for number in found] == [wanted(v)[2:] for v in row["values"]]
    values = [end for number in found for end in shown(number)[:2]]
    assert values == pytest.approx([end for v in row["values"] for end in wanted(v)[:2]])
    for name in ("per", "price_year"):
        if name in row:
            assert getattr(found[0], name) == row[name]


@pytest.mark.parametrize("row", [r for r in NUMBERS if "missed" not in r], ids=words)
def test_changes_of_a_sentence(row):
    found = tag_changes(row["text"], numbers_of(row["text"]))
    expected = [text.split() for text in row.get("changes", ())]
    assert [(c.unit, c.basis or "-") for c in found] == [(e[1], e[2]) for e in expected]
    assert [c.amount for c in found] == pytest.approx([float(e[0]) for e in expected])


def test_number_values_reach_the_target():
    found = [[shown(n) for n in numbers_of(row["text"])] for row in NUMBERS]
    expected = [[wanted(v) for v in row["values"]] for row in NUMBERS]
    assert f1(found, expected, same_value) >= 0.90


def dates_of(row):
    anchor, previous, found = parse_partial(str(row["anchor"])), None, []
    for expression in tag_dates(row["text"]):
        result = resolve(expression, anchor, previous)
        if result.precision == "day" and result.latest:
            previous = result.latest
        found.append((result.value, str(result.earliest or "-"), str(result.latest or "-")))
    return found


def same_date(one, other):
    parts = other.split()
    return one[0] == parts[0] and (len(parts) == 1 or list(one[1:]) == parts[1:])


@pytest.mark.parametrize("row", [r for r in DATES if "missed" not in r], ids=words)
def test_dates_of_a_sentence(row):
    found = dates_of(row)
    assert len(found) == len(row["dates"]), found
    for one, other in zip(found, row["dates"], strict=True):
        assert same_date(one, other), (one, other)


def test_date_values_reach_the_target():
    assert f1([dates_of(r) for r in DATES], [r["dates"] for r in DATES], same_date) >= 0.75


# --- attribution --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def statements(lenses):
    """Statements of every sentence: (start, end, statement) in its text."""
    parser = load_parser()
    if parser is None:
        pytest.skip("no parser is installed: statements are not read without one")
    vocabulary = load_vocabulary(lenses)
    found = []
    for row in ATTRIBUTION:
        document = parse_document(row["text"].encode("utf-8"), name="a.txt")
        here = []
        for reading in read_blocks(document, vocabulary, parser):
            for statement in find_statements(reading, vocabulary, Speakers()):
                span = reading.span(statement.start, statement.end)
                here.append((span.start, span.end, statement))
        found.append(here)
    return found


def letters(text, ranges):
    """Places of letters and digits inside ranges: marks and blanks say nothing."""
    return {i for start, end in ranges for i in range(start, end) if text[i].isalnum()}


def spans_of(text, parts):
    """Ranges of the parts, each looked for behind the one before."""
    spans, position = [], 0
    for part in parts:
        start = text.index(part, position)
        position = start + len(part)
        spans.append((start, position))
    return spans


def test_content_of_statements_reaches_the_target(statements):
    right = found = expected = 0
    for row, here in zip(ATTRIBUTION, statements, strict=True):
        gold = letters(row["text"], spans_of(row["text"], row["says"]))
        read = letters(row["text"], [(start, end) for start, end, _ in here])
        right, found, expected = right + len(gold & read), found + len(read), expected + len(gold)
    assert 2 * right / (found + expected) >= 0.80


def test_direct_quotes_reach_the_target(statements):
    hits = []
    for row, here in zip(ATTRIBUTION, statements, strict=True):
        for span in spans_of(row["text"], row.get("quotes", ())):
            gold = letters(row["text"], [span])
            hits.append(
                any(
                    statement.mode != "indirect"
                    and len(gold & letters(row["text"], [(start, end)])) >= 0.9 * len(gold)
                    for start, end, statement in here
                )
            )
    assert len(hits) >= 20
    assert sum(hits) / len(hits) >= 0.95


def test_speakers_reach_the_target(statements):
    hits = []
    for row, here in zip(ATTRIBUTION, statements, strict=True):
        for span, who in zip(spans_of(row["text"], row["says"]), row["who"], strict=True):
            gold = letters(row["text"], [span])
            names = [
                statement.speaker.name.lower() if statement.speaker else ""
                for start, end, statement in here
                if 2 * len(gold & letters(row["text"], [(start, end)])) > len(gold)
            ]
            hits.append(any(_is_named(who.lower(), name) for name in names))
    assert sum(hits) / len(hits) >= 0.80


def _is_named(who, name):
    return who == name if not who or not name else who in name or name in who
