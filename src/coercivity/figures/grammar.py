"""Words for Vega-Lite descriptions: fields, axes, layers and rows as plain values.

A chart is described as the mapping that Vega-Lite reads.  The tests check every description against
the published schema of Vega-Lite [1]_, so nothing is checked again while a brief is made.

References
----------
.. [1] Satyanarayan, Moritz, Wongsuphasawat and Heer (2017), "Vega-Lite: A Grammar of Interactive
   Graphics", IEEE Transactions on Visualization and Computer Graphics 23(1),
   doi:10.1109/TVCG.2016.2599030.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Spec",
    "category",
    "day_strings",
    "field",
    "label_axis",
    "layered",
    "mark",
    "records",
    "row_height",
    "stacked",
    "time",
    "time_axis",
]

Spec: TypeAlias = "dict[str, Any]"

#: Figures kept of a number that is drawn: far below a thousandth of the picture's width.
_FIGURES: Final = 6
_GAP: Final = 12


def field(
    name: str, kind: Literal["quantitative", "nominal", "temporal"] = "quantitative", **more: Any
) -> Spec:
    """Return the definition of a channel that shows a column.

    Parameters
    ----------
    name : str
        Column.
    kind : str
        How its values are read.
    **more : object
        Further properties of the channel, such as ``axis`` and ``scale``.

    Returns
    -------
    dict
        A field definition of Vega-Lite.

    Examples
    --------
    >>> field("p50", title=None)
    {'field': 'p50', 'type': 'quantitative', 'title': None}
    """
    return {"field": name, "type": kind, **more}


def time(name: str, **more: Any) -> Spec:
    """Return a field of days, free of the time zone of the machine; `more` as in :func:`field`."""
    scale = {"type": "utc", **more.pop("scale", {})}
    return field(name, "temporal", scale=scale, **more)


def category(name: str, domain: Sequence[Any], choices: Sequence[Any], **more: Any) -> Spec:
    """Return a field whose values are told apart by colour, dash or shape.

    Parameters
    ----------
    name : str
        Column.
    domain : sequence
        Its values in order.
    choices : sequence
        The look of each; further ones are left unused.
    **more : object
        Further properties; without a ``legend`` there is none.

    Returns
    -------
    dict
        A field definition of Vega-Lite.
    """
    scale = {"domain": list(domain), "range": list(choices[: len(domain)])}
    return field(name, "nominal", scale=scale, **{"legend": None, **more})


def mark(
    kind: str,
    encoding: Mapping[str, Any],
    *,
    data: Sequence[Mapping[str, Any]] | None = None,
    **look: Any,
) -> Spec:
    """Return one layer of a chart.

    Parameters
    ----------
    kind : str
        Mark of Vega-Lite: ``area``, ``bar``, ``line``, ``point``, ``rule``, ``text`` or ``tick``.
    encoding : mapping of str to dict
        Channels; they come on top of those the layers share.
    data : sequence of mapping, optional
        Rows of this layer alone.
    **look : object
        Properties of the mark.

    Returns
    -------
    dict
        A unit specification of Vega-Lite.
    """
    spec: Spec = {"mark": {"type": kind, **look}, "encoding": dict(encoding)}
    return spec if data is None else {"data": {"values": list(data)}, **spec}


def layered(
    data: Sequence[Mapping[str, Any]],
    layers: Sequence[Spec],
    *,
    width: int,
    height: int,
    shared: Mapping[str, Any] | None = None,
    title: str = "",
) -> Spec:
    """Return a chart of layers that share their rows.

    Parameters
    ----------
    data : sequence of mapping
        Rows, see :func:`records`.
    layers : sequence of dict
        From :func:`mark`; later ones are drawn above earlier ones.
    width, height : int
        Of the part inside the axes, in units of the picture.
    shared : mapping of str to dict, optional
        Channels that all layers share.
    title : str
        Heading of the chart; may have several lines.

    Returns
    -------
    dict
        A layer specification of Vega-Lite.
    """
    spec: Spec = {"data": {"values": list(data)}, "width": width, "height": height}
    if title:
        spec["title"] = title.split("\n")
    if shared:
        spec["encoding"] = dict(shared)
    return {**spec, "layer": list(layers)}


def stacked(charts: Sequence[Spec]) -> Spec:
    """Return charts one below the other."""
    return {"vconcat": list(charts), "spacing": _GAP}


def label_axis(
    name: str, labels: Sequence[str], *, size: int = 12, gap: float | None = None
) -> Spec:
    """Return a vertical axis of labels that may have several lines, in the order given.

    Parameters
    ----------
    name : str
        Column of the labels.
    labels : sequence of str
        Labels from the top down.
    size : int
        Size of the letters.
    gap : float, optional
        Share of a row left free between bars; Vega-Lite's own by default.

    Returns
    -------
    dict
        A field definition for the channel ``y``.
    """
    axis = {
        "title": None,
        "labelExpr": "split(datum.label, '\\n')",
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelFontSize": size,
    }
    more = {} if gap is None else {"scale": {"paddingInner": gap}}
    return field(name, "nominal", sort=list(dict.fromkeys(labels)), axis=axis, **more)


def row_height(labels: Sequence[str], least: int, *, size: int = 12) -> int:
    r"""Return the height of a row that holds the label with most lines, at least `least`.

    Examples
    --------
    >>> row_height(["one", "a\nb\nc\nd"], 46)
    60
    """
    return max(least, (size + 2) * max(label.count("\n") + 1 for label in labels) + 4)


def time_axis(title: str | None = None, ticks: int = 6) -> Spec:
    """Return an axis in months; labels that would touch their neighbour are left out."""
    return {"title": title, "format": "%b %y", "tickCount": ticks, "labelOverlap": "greedy"}


def day_strings(days: pd.Series) -> pd.Series:
    """Return dates as ISO text, which Vega reads as midnight UTC wherever it runs."""
    import pandas as pd

    return pd.to_datetime(days).dt.strftime("%Y-%m-%d")


def records(table: pd.DataFrame, *columns: str) -> list[Spec]:
    """Return the rows of a table as values that Vega-Lite reads.

    Parameters
    ----------
    table : pandas.DataFrame
        Days already as text, see :func:`day_strings`.
    *columns : str
        Columns kept.

    Returns
    -------
    list of dict
        Numbers to six figures; what is missing or not finite is ``None``.
    """
    values = [[_plain(value) for value in table[name].tolist()] for name in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_FIGURES}g}") if math.isfinite(value) else None
    return None if value is None or value != value else value
