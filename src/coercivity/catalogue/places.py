"""Countries by ISO 3166 code; a few groups; no borders.

Exact codes only: names are never guessed.
"""

from __future__ import annotations

from functools import lru_cache

from coercivity.errors import NotFoundError

__all__ = ["ANY", "EU_MEMBERS", "country", "country_name", "expand", "is_in"]

ANY = "*"
"""Any country."""

# ruff: noqa: SIM905 - one line of codes is easier to compare with the treaty
EU_MEMBERS = tuple(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
"""Member states of the European Union since 2020-02-01 (Treaty on European Union, art. 52)."""


@lru_cache(maxsize=1024)
def country(code: str) -> str:
    """Return the ISO 3166 alpha-2 code of an alpha-2 or alpha-3 code.

    ``EU`` and ``*`` (any) are returned unchanged.

    Raises
    ------
    NotFoundError
        If the code is neither.
    """
    text = str(code).strip().upper()
    if text in {ANY, "EU"}:
        return text
    import pycountry

    found = None
    if len(text) == 2:
        found = pycountry.countries.get(alpha_2=text)
    elif len(text) == 3:
        found = pycountry.countries.get(alpha_3=text)
    if found is None:
        raise NotFoundError(
            f"{code!r} is not a country code",
            expected="ISO 3166 alpha-2 or alpha-3, such as IN or IND; EU; or * for any",
        )
    return str(found.alpha_2)


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Return the usual short name of a country code."""
    text = country(code)
    if text == ANY:
        return "any country"
    if text == "EU":
        return "European Union"
    import pycountry

    found = pycountry.countries.get(alpha_2=text)
    return str(getattr(found, "common_name", None) or getattr(found, "name", text))


def expand(code: str) -> tuple[str, ...]:
    """Return the member countries of a group, or the country itself."""
    text = country(code)
    return tuple(EU_MEMBERS) if text == "EU" else (text,)


def is_in(code: str, scope: tuple[str, ...]) -> bool:
    """Whether a country (or group) lies in a scope of countries, groups and ``*``."""
    if ANY in scope or country(code) in scope:
        return True
    members = {member for part in scope for member in expand(part)}
    return set(expand(code)) <= members
