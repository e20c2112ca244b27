"""Tables of trade, production and stability, from a pack's folder or from frames.

The tables are read only when an indicator is asked for, in columns rather than row by row: a pack
opens without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from coercivity.catalogue import places
from coercivity.catalogue.schema import Column, Schema, load_schema
from coercivity.errors import CoercivityError, InputError, NotFoundError, Problem

if TYPE_CHECKING:
    from coercivity.catalogue import Pack

__all__ = ["TradeTables", "materials_of", "read_trade_tables"]

FOLDER = "indicators"
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class TradeTables:
    """What the static indicators of one material are computed from.

    Parameters
    ----------
    material, title : str
        Name of the material, and the title it is shown under.
    trade : pandas.DataFrame
        One row per flow: ``year``, ``exporter``, ``importer`` (ISO 3166 alpha-2), ``hs6``,
        ``value_kusd`` [kUSD], ``quantity_t`` [t; NaN is unknown].
    production : pandas.DataFrame
        One row per cell of a source's world table: ``scope`` (country, other or world),
        ``country``, ``year``, ``quantity_t`` [t; NaN is unknown], ``status``, ``source``, ``note``.
    stability : pandas.DataFrame
        ``country``, ``year``, ``estimate`` of political stability [1; about -2.5 to 2.5].
    sources : mapping of str to str
        Source by role: ``trade``, ``stability`` and the ``production`` used by default.
    """

    material: str
    title: str
    trade: pd.DataFrame
    production: pd.DataFrame
    stability: pd.DataFrame
    sources: Mapping[str, str]

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years with trade, ascending."""
        return tuple(sorted(int(year) for year in self.trade["year"].unique()))

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Countries that trade in the material in some year, sorted."""
        codes = set(self.trade["exporter"].unique()) | set(self.trade["importer"].unique())
        return tuple(sorted(codes))

    @property
    def production_sources(self) -> tuple[str, ...]:
        """Sources of production, the one used by default first."""
        default = self.sources["production"]
        others = sorted(set(self.production["source"].unique()) - {default})
        return (default, *others)


def materials_of(pack: Pack) -> pd.DataFrame:
    """Return the materials a pack has indicator tables for, in its order.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    pandas.DataFrame
        Columns of the schema ``indicator_materials``, indexed by ``id``.

    Raises
    ------
    NotFoundError
        If the pack has no such tables.
    InputError
        If a row is wrong.
    """
    path = pack.root / FOLDER / "materials.csv"
    if not path.is_file():
        raise NotFoundError(
            f"pack {pack.name} has no tables of trade and production",
            where=f"{FOLDER}/materials.csv",
            expected="materials.csv, trade.csv, production.csv and stability.csv",
            hint="docs/explanation/indicators.md says what they hold",
        )
    frame = _read(path, "indicator_materials")
    _check_sources(frame, pack, path)
    return frame.set_index("id")


def read_trade_tables(pack: Pack, material: str = "") -> TradeTables:
    """Read a material's tables of trade, production and stability from a pack.

    Parameters
    ----------
    pack : Pack
    material : str
        An id of ``indicators/materials.csv``; empty is the first.

    Returns
    -------
    TradeTables

    Raises
    ------
    NotFoundError
        If the pack has no such tables, or not of this material.
    InputError
        If a row is wrong; problems are listed with file and line.
    """
    materials = materials_of(pack)
    chosen = material or str(materials.index[0])
    if chosen not in materials.index:
        raise NotFoundError(
            f"no tables of {chosen!r}",
            where=f"{FOLDER}/materials.csv",
            expected="one of " + " ".join(materials.index),
        )
    row = materials.loc[chosen]
    folder = pack.root / FOLDER
    trade_path = folder / "trade.csv"
    if not trade_path.exists():
        trade_path = folder / "trade.csv.gz"
    trade = _read(trade_path, "indicator_trade")
    production = _read(folder / "production.csv", "indicator_production")
    _check_sources(production, pack, folder / "production.csv")
    _check_keys(trade, ["year", "exporter", "importer", "hs6"], trade_path)
    _check_keys(
        production, ["material", "source", "year", "scope", "country"], folder / "production.csv"
    )
    stability = _read(folder / "stability.csv", "indicator_stability")
    _check_keys(stability, ["country", "year"], folder / "stability.csv")
    codes = [code.strip() for code in str(row["hs_codes"]).split(";")]
    return TradeTables(
        material=chosen,
        title=str(row["title"]),
        trade=trade[trade["hs6"].isin(codes)].reset_index(drop=True),
        production=production[production["material"] == chosen]
        .drop(columns="material")
        .reset_index(drop=True),
        stability=stability,
        sources={role: str(row[f"{role}_source"]) for role in ("trade", "production", "stability")},
    )


@lru_cache(maxsize=8)
def _cached(path: Path, schema_name: str, stamp: tuple[int, int]) -> pd.DataFrame:
    """Read a table once per content: the stamp is the file's time and size."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, EOFError) as error:
        raise InputError(
            f"the table cannot be read: {error}",
            where=path.name,
            expected="UTF-8 text, comma-separated, with a header line",
        ) from error
    return _typed(raw, load_schema(schema_name), path.name)


def _read(path: Path, schema_name: str) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(
            f"{path.name} is missing", where=FOLDER, expected=f"a table of {schema_name}"
        )
    state = path.stat()
    return _cached(path, schema_name, (state.st_mtime_ns, state.st_size)).copy()


def _typed(raw: pd.DataFrame, schema: Schema, name: str) -> pd.DataFrame:
    """Type a table of text by its schema, column by column; every problem is collected."""
    known = [column.attribute for column in schema.columns]
    strange = [column for column in raw.columns if column not in known]
    missing = [c.attribute for c in schema.columns if c.is_required and c.attribute not in raw]
    if strange or missing:
        raise InputError(
            f"the header has {', '.join(map(str, strange)) or 'no ' + ', '.join(missing)}",
            where=f"{name}:1",
            expected="the columns " + ",".join(known),
        )
    problems: list[Problem] = []
    frame = pd.DataFrame(index=raw.index)
    for column in schema.columns:
        text = raw[column.attribute].str.strip() if column.attribute in raw else None
        if text is None:
            text = pd.Series("", index=raw.index)
        frame[column.attribute] = _typed_column(text, column, name, problems)
    if problems:
        raise InputError(
            f"{name} has {len(problems)} problems",
            problems=sorted(problems, key=lambda problem: int(problem.where.split(":")[1])),
        )
    return frame


def _typed_column(text: pd.Series, column: Column, name: str, problems: list[Problem]) -> pd.Series:
    blank = text == ""
    if column.is_required:
        _note(problems, name, column, text, blank, f"{column.attribute} is missing")
    if column.type in {"integer", "number"}:
        values = pd.to_numeric(text.where(~blank), errors="coerce")
        wrong = ~blank & (values.isna() | values.abs().eq(float("inf")))
        if column.type == "integer":
            wrong |= values.notna() & (values % 1 != 0)
        if column.unit in {"t", "kUSD"}:
            wrong |= values < 0
        _note(problems, name, column, text, wrong, "{} is not a fit " + column.attribute)
        return (
            values.astype("int64")
            if column.type == "integer" and not wrong.any() and (not blank.any())
            else values
        )
    if column.type.startswith("enum:"):
        allowed = column.type[5:].split(",")
        wrong = ~blank & ~text.isin(allowed)
        _note(problems, name, column, text, wrong, "{} is not one of " + " ".join(allowed))
    if column.type == "country":
        codes = {code: _country(code) for code in text.unique() if code}
        _note(problems, name, column, text, ~blank & text.map(codes).isna(), "{} is no country")
        return text.map(codes).fillna("").astype(object)
    return text


def _country(code: str) -> str | None:
    try:
        return places.country(code)
    except CoercivityError:
        return None


def _note(
    problems: list[Problem],
    name: str,
    column: Column,
    text: pd.Series,
    wrong: pd.Series,
    what: str,
) -> None:
    """Note the first rows that are wrong; the header is line 1."""
    for position in text.index[wrong][:_MOST_PROBLEMS]:
        problems.append(
            Problem(
                what.format(repr(text[position])),
                f"{name}:{int(position) + 2}",
                f"{column.description}, {column.type}",
            )
        )


def _check_keys(frame: pd.DataFrame, key: Sequence[str], path: Path) -> None:
    again = frame.duplicated(list(key))
    if again.any():
        position = int(again.to_numpy().argmax())
        values = ", ".join(str(frame.loc[position, part]) for part in key)
        raise InputError(
            f"{int(again.sum())} rows repeat an earlier one, first {values}",
            where=f"{path.name}:{position + 2}",
            expected="one row for each " + ", ".join(key),
            hint="add the rows up, or remove the copies",
        )


def _check_sources(frame: pd.DataFrame, pack: Pack, path: Path) -> None:
    for column in (name for name in frame.columns if str(name).endswith("source")):
        strange = ~frame[column].isin(list(pack.sources))
        if strange.any():
            position = int(strange.to_numpy().argmax())
            raise InputError(
                f"{column} names {frame.loc[position, column]!r}, which is not in sources",
                where=f"{path.name}:{position + 2}",
                expected="an id of sources.yaml",
                hint="add it to sources.yaml or correct the name",
            )
