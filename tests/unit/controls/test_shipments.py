"""A file of shipments: what is added, what is reported, what is left when it fails."""

import csv
import json
import subprocess
import sys
from datetime import date

import pytest

from coercivity.controls import Query, build_register, determine, screen_shipments
from coercivity.controls.shipments import ADDED
from coercivity.errors import InputError, UsageError


@pytest.fixture(scope="module")
def register(pack):
    return build_register(pack)


def screened(register, folder, text, *, encoding="utf-8", **options):
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    found = screen_shipments(register, source, target, **options)
    with target.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    return found, rows


ROWS = """ref,item,from,to,day,end_use,end_user,content_share,contains,owned_by,known_at
1,ndfeb_magnet_heavy,CN,IND,2025-10-31,ev,,,,,
2,ndfeb_magnet_light,CN,IN,2025-10-31,,,,,,
3,ndfeb_magnet_light,CN,IN,2025-10-31,,,,Nd;Dy,,
4,holmium_erbium_group,CN,IN,2026-11-10,,,,,,
5,traction_motor,JP,IN,2025-12-01,,,0.1%,,,2025-10-31
6,traction_motor,JP,IN,2025-12-01,,,0.09%,,,2025-10-31
7,drone,JP,DE,2025-10-15,,Held GmbH,0.3,,us_listed_2025_04_04 50%; other 0.5,
8,gallium,CN,US,2025-12-01,unknown,,,,,
9,ndfeb_magnet_heavy,CN,US,2025-04-03T20:00:00-07:00,,,,,,
"""


def test_each_row_gets_outcome_instrument_and_reason(register, tmp_path):
    found, rows = screened(register, tmp_path, ROWS)
    assert [(row["outcome"], row["instrument"]) for row in rows] == [
        ("LICENCE_REQUIRED", "18/2025"),
        ("FREE", ""),
        ("LICENCE_REQUIRED", "18/2025"),
        ("UNKNOWN_REFER", "57/2025"),
        ("LICENCE_REQUIRED", "61/2025"),
        ("FREE", ""),
        ("PRESUMED_DENIED", "61/2025"),
        ("UNKNOWN_REFER", "46/2024"),
        ("LICENCE_REQUIRED", "18/2025"),
    ]
    assert rows[0]["article"] == "III 1C904.a, IV"
    assert "requires a licence" in rows[0]["reason"]
    assert rows[3]["knowledge_ends"] == "2026-11-10"
    assert "no source tells" in rows[3]["reason"]
    assert "whether the end use is military" in rows[7]["reason"]
    assert (found.n_rows, found.n_bad, found.problems) == (9, 0, ())
    assert found.counts == {
        "FREE": 2,
        "LICENCE_REQUIRED": 4,
        "PRESUMED_DENIED": 1,
        "UNKNOWN_REFER": 2,
    }
    assert [row["ref"] for row in rows] == [str(n) for n in range(1, 10)]


BAD = """item,origin,destination,on,content_share
gallium,CN,IN,2025-10-31,
galium,CN,IN,2025-10-31,
gallium,CN,XX,2025-10-31,
gallium,CN,IN,31.10.2025,
gallium,CN,IN,2025-10-31,2
gallium,CN,IN
"gallium
",CN,IN,2025-10-31,
,CN,IN,2025-10-31,
gallium,CN,IN,2025-10-31T08:00,
gallium,CN,IN,2025-10-31,,surplus

smco_magnet,CN,IN,2025-10-31,
"""


def test_bad_rows_are_reported_with_their_line_and_the_others_go_on(register, tmp_path):
    found, rows = screened(register, tmp_path, BAD)
    assert [row["outcome"] for row in rows] == [
        *("LICENCE_REQUIRED", "", "", "", "", "", "LICENCE_REQUIRED", "", "", ""),
        "LICENCE_REQUIRED",
    ]
    assert [p.where for p in found.problems] == [
        f"in.csv:{line}" for line in (3, 4, 5, 6, 7, 10, 11, 12)
    ]
    text = [str(problem) for problem in found.problems]
    assert "no item is called 'galium'" in text[0]
    assert "gallium" in text[0], "the nearest id is named"
    assert "not a country" in text[1]
    assert "YYYY-MM-DD" in text[2]
    assert "share" in text[3]
    assert "3 cells" in text[4]
    assert "customs code clears nothing" in text[5]
    assert "time zone" in text[6]
    assert "6 cells, at last ['surplus']" in text[7]
    assert (found.n_rows, found.n_bad) == (11, 8)
    # What is wrong stands in the file as well; nothing has an outcome and a problem.
    bad = [row for row in rows if not row["outcome"]]
    assert len(bad) == 8


def test_bytes_that_are_no_text_make_a_bad_row_and_come_back_as_they_were(register, tmp_path):
    text = b"item,origin,destination,on,name\ngallium,CN,IN,2025-10-31,M\xfcller\n"
    text += "gallium,CN,IN,2025-10-31,Müller\n".encode()
    found, rows = screened(register, tmp_path, text)
    assert [row["outcome"] for row in rows] == ["", "LICENCE_REQUIRED"]
    assert "not UTF-8" in found.problems[0].what
    assert b"M\xfcller" in (tmp_path / "out.csv").read_bytes()


def test_a_quote_that_never_ends_is_a_bad_row_not_the_rest_of_the_file(register, tmp_path):
    text = "item,origin,destination,on\n" + 'gallium,CN,IN,"2025-10-31\n'
    text += "gallium,CN,IN,2025-10-31\n" * 20_000
    found, _rows = screened(register, tmp_path, text)
    assert found.n_bad >= 1
    assert "field larger than field limit" in found.problems[0].what
    assert found.counts["LICENCE_REQUIRED"] > 10_000


def test_chunks_do_not_change_the_answers(register, tmp_path):
    screened(register, tmp_path, ROWS + BAD.split("\n", 1)[1])
    whole = (tmp_path / "out.csv").read_text()
    screened(register, tmp_path, ROWS + BAD.split("\n", 1)[1], chunk_rows=2)
    assert (tmp_path / "out.csv").read_text() == whole


def test_answers_are_those_of_the_single_question(register, tmp_path):
    items = ("gallium", "smco_magnet", "traction_motor", "rare_earth_magnet", "lithium_battery")
    days = ("2024-12-10", "2025-05-01", "2025-11-20", "2026-11-30")
    asked = [
        (i, o, d, on) for i in items for o in ("CN", "JP") for d in ("US", "EU") for on in days
    ]
    text = "item,origin,destination,on\n" + "".join(",".join(row) + "\n" for row in asked)
    _, rows = screened(register, tmp_path, text)
    for (item, origin, destination, on), row in zip(asked, rows, strict=True):
        day = date.fromisoformat(on)
        query = Query(item=item, origin=origin, destination=destination, on=day)
        found = determine(register, query)
        assert row["outcome"] == found.outcome
        assert row["knowledge_ends"] == (str(found.knowledge_ends) if found.knowledge_ends else "")
        if found.deciding is not None:
            assert row["instrument"] == found.deciding.number
            assert row["article"] == found.deciding.article


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header"),
        ("item,origin,on\n", "no column 'destination'"),
        ("item,from,origin,to,on\n", "two columns give 'origin'"),
        ("item,from,to,on,outcome\n", "a column 'outcome' already"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_leaves_nothing(register, tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        screened(register, tmp_path, text)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_what_no_column_tells_may_be_given_for_all(register, tmp_path):
    fixed = {"on": "2025-10-31", "origin": "CN"}
    _, rows = screened(register, tmp_path, "item,to\nsmco_magnet,IN\n", fixed=fixed)
    assert rows[0]["outcome"] == "LICENCE_REQUIRED"
    _, rows = screened(register, tmp_path, "item,to,on\nsmco_magnet,IN,2025-01-01\n", fixed=fixed)
    assert rows[0]["outcome"] == "FREE"


def test_an_older_result_stays_until_the_new_one_is_whole(register, tmp_path, monkeypatch):
    screened(register, tmp_path, ROWS)
    before = (tmp_path / "out.csv").read_bytes()

    def fail(n_rows):
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        screen_shipments(register, tmp_path / "in.csv", tmp_path / "out.csv", progress=fail)
    assert (tmp_path / "out.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_the_file_itself_is_no_target(register, tmp_path):
    screened(register, tmp_path, ROWS)
    source = tmp_path / "in.csv"
    with pytest.raises(UsageError, match="the file that is read"):
        screen_shipments(register, source, source)
    with pytest.raises(InputError, match="cannot read"):
        screen_shipments(register, tmp_path / "none.csv", tmp_path / "o.csv")


MEMORY = """
import json, resource, sys
from pathlib import Path
from coercivity.catalogue import open_pack
from coercivity.controls import build_register, screen_shipments
register = build_register(open_pack("rare_earth_magnets"))
folder = Path(sys.argv[1])
peaks = []
for name in ("small.csv", "large.csv"):
    screen_shipments(register, folder / name, folder / "out.csv", chunk_rows=1000)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(json.dumps(peaks))
"""


def test_memory_does_not_grow_with_the_file(tmp_path):
    line = "smco_magnet,CN,{},2025-{:02}-11,firm {}," + "x" * 1200 + "\n"
    for name, n_rows in (("small.csv", 3_000), ("large.csv", 24_000)):
        with (tmp_path / name).open("w") as file:
            file.write("item,from,to,on,end_user,text\n")
            for n in range(n_rows):
                file.write(line.format(("IN", "US", "JP")[n % 3], n % 12 + 1, n))
    size = (tmp_path / "large.csv").stat().st_size / 2**20
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, check=True
    )
    small, large = json.loads(done.stdout)
    assert size > 20
    assert large - small < size / 3, (small, large, size)


def test_the_added_columns_stand_last(register, tmp_path):
    screened(register, tmp_path, ROWS)
    header = (tmp_path / "out.csv").read_text().splitlines()[0].split(",")
    assert tuple(header[-len(ADDED) :]) == ADDED
