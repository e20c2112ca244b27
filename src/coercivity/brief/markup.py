"""A page of content blocks as one self-contained HTML document."""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from markupsafe import Markup, escape

from coercivity.brief.content import Line, Page, Piece
from coercivity.errors import InvariantError

if TYPE_CHECKING:
    from jinja2 import Environment

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_LOCAL_URL: Final = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_TAGS: Final = {"strong": "strong", "code": "code", "quote": "q", "mark": "mark"}
_CLASSES: Final = {"muted": "muted", "nowrap": "nowrap"}


def render(page: Page) -> str:
    """Return the brief as HTML that needs no other file.

    Parameters
    ----------
    page : Page
        The content.

    Returns
    -------
    str
        A complete document: inline style, inline SVG, no script, no external request.
    """
    template = _environment().get_template("brief.html.j2")
    text = template.render(page=page, css=Markup(_asset("brief.css")))
    return re.sub(r"\n[ \t]*(?=\n)", "", text).strip() + "\n"


def line_html(line: Line | str) -> Markup:
    """Return a line as HTML, every string escaped.

    Parameters
    ----------
    line : tuple of str or Piece
        The line.

    Returns
    -------
    markupsafe.Markup
        Inline HTML.
    """
    if isinstance(line, str):
        return escape(line)
    # Every part is escaped by itself, so that the whole can be joined as it is.
    return Markup("".join(escape(part) if isinstance(part, str) else _piece(part) for part in line))


def _piece(piece: Piece) -> str:
    """Return a piece as HTML; whatever is put into it has been escaped."""
    shown = escape(piece.text)
    attributes = f' lang="{escape(piece.lang)}"' if piece.lang else ""
    if piece.title:
        attributes += f' title="{escape(piece.title)}"'
    if piece.style in _CLASSES:
        attributes += f' class="{_CLASSES[piece.style]}"'
    tag = _TAGS.get(piece.style, "")
    if piece.href:
        link = f"<a{attributes}{_href(piece.href)}>{shown}</a>"
        return f"<{tag}>{link}</{tag}>" if tag else link
    if not tag and not attributes:
        return shown
    tag = tag or "span"
    return f"<{tag}{attributes}>{shown}</{tag}>"


def _href(target: str) -> str:
    outside = "" if target.startswith("#") else ' rel="noreferrer external"'
    return f' href="{escape(target)}"{outside}'


def drawing(svg: str, prefix: str, alt: str) -> Markup:
    """Return an SVG fit to stand inside the page.

    Ids are prefixed, because two charts of one library share theirs; the drawing
    gets a role and its alternative text; fixed sizes give way to the view box.

    Parameters
    ----------
    svg : str
        A complete SVG document.
    prefix : str
        Put before every id.
    alt : str
        Alternative text.

    Returns
    -------
    markupsafe.Markup
        The SVG element.

    Raises
    ------
    InvariantError
        If the drawing is not SVG, or asks for something outside itself.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as problem:
        raise InvariantError(
            f"the drawing is not well-formed SVG ({problem})", where=f"figure {prefix}"
        ) from problem
    for element in root.iter():
        _localise(element, prefix)
    _fit(root)
    root.set("role", "img")
    root.set("aria-label", alt)
    root.set("focusable", "false")
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _localise(element: ElementTree.Element, prefix: str) -> None:
    if element.tag == f"{{{_SVG}}}script":
        raise InvariantError("the drawing holds a script", where=f"figure {prefix}")
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, f"{prefix}-{value}")
        elif name.rpartition("}")[2] == "href":
            if not value.startswith(("#", "data:image/")):
                raise InvariantError(
                    f"the drawing refers to {value!r} outside the page", where=f"figure {prefix}"
                )
            if value.startswith("#"):
                element.set(name, f"#{prefix}-{value[1:]}")
        elif name.startswith("aria-") or name == "role":
            # Charts name every mark; one text for the whole reads better than hundreds.
            del element.attrib[name]
        elif "url(" in value:
            element.set(name, _LOCAL_URL.sub(rf"url(#{prefix}-\1)", value))


def _fit(root: ElementTree.Element) -> None:
    width, height = root.attrib.pop("width", ""), root.attrib.pop("height", "")
    if "viewBox" not in root.attrib and width and height:
        root.set("viewBox", f"0 0 {width.removesuffix('px')} {height.removesuffix('px')}")
    box = root.attrib.get("viewBox", "").split()
    if len(box) == 4:
        root.set("style", f"max-width:{box[2]}px")


@functools.cache
def _asset(name: str) -> str:
    folder = resources.files("coercivity.brief").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    names = ("brief.html.j2", "blocks.html.j2")
    environment = Environment(
        loader=DictLoader({name: _asset(name) for name in names}),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["line"] = line_html
    environment.filters["drawing"] = drawing
    return environment
