"""A firm's own stock, suppliers and bill of materials, read from three small CSV tables.

Every error of every row is found before anything is refused, and each names its table, row and
column. Nothing is taken to be zero because it was left out.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from coercivity.catalogue import places
from coercivity.errors import CoercivityError, InputError, Problem
from coercivity.units import compatible, parse_unit

__all__ = [
    "TABLES",
    "OwnChain",
    "OwnColumn",
    "OwnPart",
    "OwnStock",
    "OwnSupplier",
    "chain_of",
    "read_chain",
    "template",
]

MOST_ROWS: Final = 5000
"""Rows of one table; a larger chain belongs into a pack."""

WHOLE: Final = 100.0

_CLOSE: Final = 1e-6
_DEFAULT: Final = "0"


@dataclass(frozen=True)
class OwnColumn:
    """One column of an uploaded table.

    Parameters
    ----------
    name, kind : str
        Heading; ``text``, ``number``, ``unit`` or ``country``.
    text : str
        What it holds.
    low, high : float
        Least and greatest number.
    above : bool
        Whether a number must be greater than `low`.
    is_optional : bool
        Whether a cell may be empty.
    examples : tuple of str
        Cells of the template.
    """

    name: str
    kind: str
    text: str
    low: float = 0.0
    high: float = math.inf
    above: bool = False
    is_optional: bool = False
    examples: tuple[str, ...] = ()


TABLES: Final[Mapping[str, tuple[OwnColumn, ...]]] = {
    "bill_of_materials": (
        OwnColumn("product", "text", "what a line makes", examples=("scooter", "scooter")),
        OwnColumn("output_per_day", "number", "units a day", above=True, examples=("100", "100")),
        OwnColumn("component", "text", "your name of a part", examples=("magnet", "bearing")),
        OwnColumn(
            "item",
            "text",
            "id of the item in the pack; empty if no control can concern it",
            is_optional=True,
        ),
        OwnColumn("amount", "number", "per unit of product", above=True, examples=("0.5", "2")),
        OwnColumn("unit", "unit", "of the amount", examples=("kg", "unit")),
    ),
    "stock": (
        OwnColumn("component", "text", "as in the bill of materials", examples=("magnet",)),
        OwnColumn("quantity", "number", "on hand, 0 if none", examples=("1000",)),
        OwnColumn("unit", "unit", "of the quantity", examples=("kg",)),
    ),
    "suppliers": (
        OwnColumn("component", "text", "as in the bill of materials", examples=("magnet",)),
        OwnColumn("supplier", "text", "who delivers", examples=("Supplier A",)),
        OwnColumn("origin", "country", "two-letter code of the country it is sent from"),
        OwnColumn(
            "share_percent",
            "number",
            "of what you buy of the component; 100 in all",
            high=WHOLE,
            above=True,
            examples=("100",),
        ),
        OwnColumn(
            "lead_days", "number", "days under way, 1 or more", low=1.0, high=730, examples=("35",)
        ),
        OwnColumn(
            "spare_percent",
            "number",
            "how much more than today it could deliver; empty is 0",
            high=900.0,
            is_optional=True,
            examples=("0",),
        ),
    ),
}
"""Columns of the three tables, by name of the table."""


@dataclass(frozen=True)
class OwnPart:
    """One row of the bill of materials; `amount` in `unit` per unit of product."""

    product: str
    output_per_day: float
    component: str
    item: str
    amount: float
    unit: str


@dataclass(frozen=True)
class OwnStock:
    """What is on hand of a component, in `unit`."""

    component: str
    quantity: float
    unit: str


@dataclass(frozen=True)
class OwnSupplier:
    """Who delivers a component from where; shares in percent, lead time in days."""

    component: str
    supplier: str
    origin: str
    share_percent: float
    lead_days: float
    spare_percent: float


@dataclass(frozen=True)
class OwnChain:
    """A firm's own chain, checked.

    Parameters
    ----------
    parts : tuple of OwnPart
    stocks : tuple of OwnStock
    suppliers : tuple of OwnSupplier
    """

    parts: tuple[OwnPart, ...]
    stocks: tuple[OwnStock, ...]
    suppliers: tuple[OwnSupplier, ...]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the three tables as plain values; :func:`chain_of` reads them again."""
        return {
            "bill_of_materials": [asdict(row) for row in self.parts],
            "stock": [asdict(row) for row in self.stocks],
            "suppliers": [asdict(row) for row in self.suppliers],
        }


def chain_of(rows: Mapping[str, Any]) -> OwnChain:
    """Return a chain from what :meth:`OwnChain.to_json` wrote."""
    return OwnChain(
        tuple(OwnPart(**row) for row in rows["bill_of_materials"]),
        tuple(OwnStock(**row) for row in rows["stock"]),
        tuple(OwnSupplier(**row) for row in rows["suppliers"]),
    )


def template(table: str, *, item: str = "", origin: str = "") -> str:
    """Return a table to fill in, with example rows, as CSV.

    Parameters
    ----------
    table : str
        A key of :data:`TABLES`.
    item, origin : str
        Item id and country code of the examples.
    """
    given = {"item": (item,), "origin": (origin,)}
    columns = TABLES[table]
    cells = [column.examples or given.get(column.name, ("",)) for column in columns]
    longest = max(len(column) for column in cells)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    if table == "bill_of_materials":
        for row in range(longest):
            writer.writerow([column[row] if row < len(column) else "" for column in cells])
        return text.getvalue()
    writer.writerow([column[0] for column in cells])
    second = {"component": "bearing", "unit": "unit", "quantity": "900", "supplier": "Supplier B"}
    writer.writerow(
        [second.get(column.name, cell[0]) for column, cell in zip(columns, cells, strict=True)]
    )
    return text.getvalue()


def read_chain(texts: Mapping[str, str], *, items: Mapping[str, str]) -> OwnChain:
    """Read the three tables and check them against each other.

    Parameters
    ----------
    texts : mapping of str to str
        The CSV text of every table of :data:`TABLES`, by its name.
    items : mapping of str to str
        Unit of every item of the pack, by id.

    Returns
    -------
    OwnChain

    Raises
    ------
    InputError
        With every problem found; ``where`` is ``table.csv, row N, column NAME``, and row 1 is
        the heading.
    """
    problems: list[Problem] = []
    rows = {name: list(_rows(name, texts[name], problems)) for name in TABLES}
    if not problems:
        problems += _across(rows, items)
    if problems:
        raise InputError(f"{len(problems)} problems in the tables", problems=problems)
    made: Mapping[str, Callable[..., Any]] = {
        "bill_of_materials": OwnPart,
        "stock": OwnStock,
        "suppliers": OwnSupplier,
    }
    built = {name: tuple(made[name](**row) for _, row in rows[name]) for name in TABLES}
    return OwnChain(built["bill_of_materials"], built["stock"], built["suppliers"])


Numbered = tuple[int, dict[str, Any]]


def _place(table: str, row: int, column: str = "") -> str:
    return f"{table}.csv, row {row}" + (f", column {column}" if column else "")


def _rows(table: str, text: str, problems: list[Problem]) -> Iterator[Numbered]:
    """Yield typed rows with their number; cells that are wrong become problems."""
    columns = TABLES[table]
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        heading = [name.strip() for name in reader.fieldnames or ()]
        if not _heading_fits(table, heading, problems):
            return
        reader.fieldnames = heading
        count = 0
        for cells in reader:
            count += 1
            if count > MOST_ROWS:
                problems.append(Problem("too many rows", f"{table}.csv", f"at most {MOST_ROWS}"))
                return
            if any(str(value or "").strip() for value in cells.values()):
                yield count + 1, _typed(table, count + 1, cells, columns, problems)
    except csv.Error as error:
        problems.append(
            Problem(f"it is not CSV: {error}", f"{table}.csv", "cells separated by commas")
        )
        return
    if not count:
        problems.append(Problem("it has no row", f"{table}.csv", "one row or more"))


def _heading_fits(table: str, heading: list[str], problems: list[Problem]) -> bool:
    wanted = [column.name for column in TABLES[table] if not column.is_optional]
    known = {column.name for column in TABLES[table]}
    expected = ",".join(column.name for column in TABLES[table])
    hint = "take the template and keep its first row"
    if len(heading) == 1 and ";" in heading[0]:
        hint = "save it with commas, not semicolons, between the cells"
    lacking = [name for name in wanted if name not in heading]
    strange = [name for name in heading if name not in known]
    twice = sorted({name for name in heading if heading.count(name) > 1})
    for what, names in (
        ("it lacks the column", lacking),
        ("it has a column nobody knows:", strange),
        ("it has twice the column", twice),
    ):
        problems.extend(
            Problem(f"{what} {name!r}", _place(table, 1), expected, hint) for name in names
        )
    return not (lacking or strange or twice)


def _typed(
    table: str,
    row: int,
    cells: Mapping[str, Any],
    columns: Iterable[OwnColumn],
    problems: list[Problem],
) -> dict[str, Any]:
    if cells.get(None):  # type: ignore[call-overload]
        problems.append(Problem("it has more cells than columns", _place(table, row)))
    found: dict[str, Any] = {}
    for column in columns:
        text = str(cells.get(column.name) or "").strip()
        try:
            found[column.name] = _cell(column, text)
        except CoercivityError as error:
            problem = error.problem
            place = _place(table, row, column.name)
            problems.append(Problem(problem.what, place, problem.expected, problem.hint))
    return found


def _cell(column: OwnColumn, text: str) -> str | float:
    """Read one cell; what is wrong is raised without its place."""
    if not text:
        if column.is_optional:
            return float(_DEFAULT) if column.kind == "number" else ""
        raise InputError("it is empty", expected=column.text)
    if column.kind == "number":
        return _number(column, text)
    if column.kind == "unit":
        parse_unit(text)
        return text
    if column.kind == "country":
        code = places.country(text)
        if len(code) != 2 or code == "EU":
            raise InputError(f"it is {text!r}", expected="the code of one country")
        return code
    if len(text) > 80 or not text.isprintable():
        raise InputError("the name is too long or not printable", expected="up to 80 letters")
    return text


def _number(column: OwnColumn, text: str) -> float:
    least = f"above {column.low:g}" if column.above else f"{column.low:g} or more"
    expected = f"a number, {least}"
    if math.isfinite(column.high):
        expected += f", at most {column.high:g}"
    try:
        value = float(text)
    except ValueError as error:
        hint = "write 1234.5 without spaces or thousands separators" if "," in text else ""
        raise InputError(f"it is {text!r}", expected=expected, hint=hint) from error
    is_low = value <= column.low if column.above else value < column.low
    if not math.isfinite(value) or is_low or value > column.high:
        raise InputError(f"it is {text!r}", expected=expected)
    return value


def _across(rows: Mapping[str, list[Numbered]], items: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what does not fit between rows and tables."""
    yield from _repeated(rows)
    yield from _part_problems(rows["bill_of_materials"], items)
    unit = {row["component"]: row["unit"] for _, row in rows["bill_of_materials"]}
    for table in ("stock", "suppliers"):
        known = {row["component"] for _, row in rows[table]}
        for number, row in rows[table]:
            if row["component"] not in unit:
                yield Problem(
                    f"the bill of materials has no component {row['component']!r}",
                    _place(table, number, "component"),
                    "a component of bill_of_materials.csv",
                )
        for name in sorted(set(unit) - known):
            yield Problem(
                f"component {name!r} has no row",
                f"{table}.csv",
                "a row for every component of the bill of materials",
                "write 0 if there is none" if table == "stock" else "name who delivers it",
            )
    for number, row in rows["stock"]:
        if row["component"] in unit and not compatible(row["unit"], unit[row["component"]]):
            yield Problem(
                f"it is {row['unit']!r}",
                _place("stock", number, "unit"),
                f"a unit that converts to {unit[row['component']]}, as in the bill of materials",
            )
    yield from _share_problems(rows["suppliers"])


def _repeated(rows: Mapping[str, list[Numbered]]) -> Iterator[Problem]:
    keys = {
        "bill_of_materials": ("product", "component"),
        "stock": ("component",),
        "suppliers": ("component", "supplier", "origin"),
    }
    for table, names in keys.items():
        seen: dict[tuple[str, ...], int] = {}
        for number, row in rows[table]:
            key = tuple(str(row[name]) for name in names)
            if key in seen:
                yield Problem(
                    f"{' and '.join(names)} are the same as in row {seen[key]}",
                    _place(table, number),
                    "one row for each",
                )
            seen.setdefault(key, number)


def _part_problems(rows: list[Numbered], items: Mapping[str, str]) -> Iterator[Problem]:
    table = "bill_of_materials"
    output: dict[str, float] = {}
    first: dict[str, dict[str, Any]] = {}
    for number, row in rows:
        made = output.setdefault(row["product"], row["output_per_day"])
        if made != row["output_per_day"]:
            yield Problem(
                f"it is {row['output_per_day']:g}",
                _place(table, number, "output_per_day"),
                f"{made:g}, as in the first row of {row['product']!r}",
            )
        known = first.setdefault(row["component"], row)
        if known["item"] != row["item"] or not compatible(known["unit"], row["unit"]):
            yield Problem(
                f"component {row['component']!r} has another item or unit than before",
                _place(table, number, "item"),
                f"{known['item'] or 'no item'}, in a unit that converts to {known['unit']}",
            )
        if not row["item"]:
            continue
        if row["item"] not in items:
            yield Problem(
                f"the pack has no item {row['item']!r}",
                _place(table, number, "item"),
                "an id of the pack's items, or nothing",
                "the page of the template lists them",
            )
        elif not compatible(row["unit"], items[row["item"]]):
            yield Problem(
                f"it is {row['unit']!r}",
                _place(table, number, "unit"),
                f"a unit that converts to {items[row['item']]}, the unit of {row['item']}",
            )


def _share_problems(rows: list[Numbered]) -> Iterator[Problem]:
    sums: dict[str, float] = {}
    last: dict[str, int] = {}
    for number, row in rows:
        sums[row["component"]] = sums.get(row["component"], 0.0) + row["share_percent"]
        last[row["component"]] = number
    for name, total in sums.items():
        if abs(total - WHOLE) > _CLOSE * WHOLE:
            yield Problem(
                f"the shares of {name!r} add up to {total:g}",
                _place("suppliers", last[name], "share_percent"),
                "100 for every component",
            )
