"""Attribution and dates against public sets where they are at hand, and always on own samples.

The own samples are written out in the forms of the public sets and read back by the same code.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from support.public_sets import (
    VARIABLE,
    attributed_texts,
    attribution_scores,
    date_score,
    dated_texts,
    public_folder,
)

CASES = Path(__file__).parents[1] / "cases" / "evidence"

LEAST_ATTRIBUTION, LEAST_QUOTES, LEAST_DATES = 0.80, 0.95, 0.75


@pytest.fixture(scope="module")
def vocabulary(pack):
    from coercivity.claims.vocabulary import load_vocabulary

    return load_vocabulary(pack)


@pytest.fixture(scope="module")
def read(vocabulary):
    """Text to readings."""
    from coercivity.claims.parsing import load_parser
    from coercivity.claims.reading import read_blocks
    from coercivity.documents.readers import parse_document

    parser = load_parser()
    if parser is None:
        pytest.skip("no parser is installed: statements are not read without one")
    return lambda text: read_blocks(
        parse_document(text.encode("utf-8"), name="a.txt"), vocabulary, parser
    )


@pytest.fixture(scope="module")
def own_attribution(tmp_path_factory):
    """Write own sentences as text with brat standoff."""
    folder = tmp_path_factory.mktemp("attribution")
    rows = yaml.safe_load((CASES / "attribution.yaml").read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        text, lines, position = row["text"], [], 0
        for line, content in enumerate(row["says"], start=1):
            start = text.index(content, position)
            position = end = start + len(content)
            if text[start - 1 : start] in "“\"'" and text[end : end + 1] in "”\"',.":
                start, end = start - 1, end + text[end:].find(_closing(text[start - 1])) + 1
            lines.append(f"T{line}\tContent {start} {end}\t{text[start:end]}")
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
        (folder / f"{number:03}.ann").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _closing(mark):
    return {"“": "”"}.get(mark, mark)


@pytest.fixture(scope="module")
def own_dates(tmp_path_factory):
    """Write own sentences as TimeML; values in order of the text."""
    from xml.sax.saxutils import escape

    from coercivity.claims.dates import tag_dates

    folder = tmp_path_factory.mktemp("dates")
    rows = yaml.safe_load((CASES / "dates.yaml").read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        values = [value.split()[0] for value in row["dates"]]
        spans = [(e.start, e.end) for e in tag_dates(row["text"])]
        if len(values) != len(spans):
            # What the tagger does not see stands at the end, where it can only be missed.
            spans = [(0, 0)] * len(values)
        body, position = "", 0
        for (start, end), value in zip(spans, values, strict=True):
            kind = "DATE" if value[:1].isdigit() else "DURATION"
            body += escape(row["text"][position:start])
            inner = escape(row["text"][start:end])
            body += f'<TIMEX3 type="{kind}" value="{value}">{inner}</TIMEX3>'
            position = end
        body += escape(row["text"][position:])
        (folder / f"{number:03}.tml").write_text(
            '<TimeML><DCT><TIMEX3 type="DATE" functionInDocument="CREATION_TIME" '
            f'value="{row["anchor"]}"/></DCT><TEXT>{body}</TEXT></TimeML>',
            encoding="utf-8",
        )
    return folder


def test_own_attribution_reaches_the_targets(own_attribution, read, vocabulary):
    rows = list(attributed_texts(own_attribution))
    assert len(rows) >= 40
    letters, quotes, n_quotes = attribution_scores(rows, read, vocabulary)
    assert n_quotes >= 15
    assert letters >= LEAST_ATTRIBUTION
    assert quotes >= LEAST_QUOTES


def test_own_dates_reach_the_target(own_dates):
    rows = list(dated_texts(own_dates))
    assert len(rows) >= 40
    assert sum(len(row.dates) for row in rows) >= 40
    assert date_score(rows) >= LEAST_DATES


def test_wrong_labels_do_not_score(own_dates, tmp_path):
    """The harness can fail: with every value moved to another century, next to nothing is right."""
    for path in own_dates.glob("*.tml"):
        text = path.read_text(encoding="utf-8").replace('value="20', 'value="19')
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    rows = list(dated_texts(tmp_path))
    assert sum(len(row.dates) for row in rows) >= 40
    for row, own in zip(rows, dated_texts(own_dates), strict=True):
        assert row.text == own.text
    moved = [
        replace(row, published=own.published)
        for row, own in zip(rows, dated_texts(own_dates), strict=True)
    ]
    assert date_score(moved) < 0.05


def test_public_attribution(read, vocabulary):
    folder = public_folder("polnear")
    if folder is None:
        pytest.skip(f"{VARIABLE} names no folder with 'polnear': not measured on the public set")
    rows = list(attributed_texts(folder))
    assert rows, f"no .ann beside a .txt below {folder}"
    letters, quotes, _ = attribution_scores(rows, read, vocabulary)
    assert letters >= LEAST_ATTRIBUTION
    assert quotes >= LEAST_QUOTES


def test_public_dates():
    folder = public_folder("timebank")
    if folder is None:
        pytest.skip(f"{VARIABLE} names no folder with 'timebank': not measured on the public set")
    rows = list(dated_texts(folder))
    assert rows, f"no .tml with a text and a day below {folder}"
    assert date_score(rows) >= LEAST_DATES
