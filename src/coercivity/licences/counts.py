"""How many licensees there are, as far as anybody says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from coercivity.catalogue import places
from coercivity.licences.asserted import (
    ApplicationCount,
    AssertedLicence,
    CountSummary,
    StatedCount,
)
from coercivity.licences.load import PackLike, load_application_counts, load_licences

__all__ = [
    "SOME",
    "count_of_licensees",
    "stated_by_counts",
    "stated_by_licences",
    "summarise_counts",
]

SOME = "some"
"""What a witness says who confirms licences and gives no number."""


def count_of_licensees(
    pack: PackLike,
    *,
    destination: str | None = None,
    known_at: date | None = None,
    stated: Iterable[StatedCount] = (),
) -> CountSummary:
    """Return how many licensees the sources say there are.

    Parameters
    ----------
    pack : Pack
        Its tables ``licences`` and ``applications`` are read.
    destination : str, optional
        Country of the licensees; the pack's focus if not given.
    known_at : date, optional
        Only licences known to be granted, and counts published, by this day.
    stated : iterable of StatedCount
        Further counts, such as those found in documents.

    Returns
    -------
    CountSummary
        With ``known`` set only if all witnesses that speak give one and the same number.
    """
    country = destination or (pack.meta.get("focus") or {}).get("country")
    licences = [
        licence
        for licence in load_licences(pack)
        if (known_at is None or licence.granted_by <= known_at)
        and (country is None or places.is_in(country, (licence.destination,)))
    ]
    known_by = min((licence.granted_by for licence in licences), default=None)
    counts = [
        count
        for count in load_application_counts(pack)
        if (country is None or count.country == country)
        and (known_by is None or count.as_of.latest >= known_by)
        and (known_at is None or count.as_of.earliest <= known_at)
    ]
    witnesses = stated_by_counts(counts) or stated_by_licences(licences)
    return summarise_counts(_merged([*witnesses, *stated]), known_by=known_by)


def stated_by_counts(counts: Iterable[ApplicationCount]) -> tuple[StatedCount, ...]:
    """Return what each witness family states as the number approved, or as a word.

    Parameters
    ----------
    counts : iterable of ApplicationCount

    Returns
    -------
    tuple of StatedCount
        Sorted by family.
    """
    found = []
    for count in counts:
        if count.approved is not None:
            number = round(count.approved)
            found.append(StatedCount(str(number), number, count.family, (count.source,)))
        elif count.hedge == SOME:
            found.append(StatedCount(SOME, None, count.family, (count.source,)))
    return _merged(found)


def _merged(stated: Iterable[StatedCount]) -> tuple[StatedCount, ...]:
    """Join what one family states in several places."""
    sources: dict[tuple[str, str], set[str]] = {}
    for count in stated:
        sources.setdefault((count.family, count.text), set()).update(count.sources)
    return tuple(
        StatedCount(text, int(text) if text.isdigit() else None, family, tuple(sorted(names)))
        for (family, text), names in sorted(sources.items())
    )


def stated_by_licences(licences: Sequence[AssertedLicence]) -> tuple[StatedCount, ...]:
    """Return what each witness family states by listing licensees, or by confirming some.

    Parameters
    ----------
    licences : sequence of AssertedLicence

    Returns
    -------
    tuple of StatedCount
        Sorted by family. A source that says nothing of some of the licences gives a lower bound and
        no count, so it is left out.
    """
    speaks: dict[tuple[str, str], dict[str, str]] = {}
    for licence in licences:
        for claim in licence.claims:
            speaks.setdefault((claim.family, claim.source), {})[licence.id] = claim.says
    found = []
    for (family, source), words in speaks.items():
        n_listed = sum(word == "lists" for word in words.values())
        if "confirms_some" in words.values():
            found.append(StatedCount(SOME, None, family, (source,)))
        elif len(words) == len(licences) and n_listed:
            found.append(StatedCount(str(n_listed), n_listed, family, (source,)))
    return _merged(found)


def summarise_counts(stated: Iterable[StatedCount], *, known_by: date | None) -> CountSummary:
    """Return one clause on what all witnesses state.

    Parameters
    ----------
    stated : iterable of StatedCount
    known_by : date or None
        Day by which the licences are known to exist.
    """
    witnesses = tuple(stated)
    numbers = sorted({count.value for count in witnesses if count.value is not None})
    words = sorted({count.text for count in witnesses if count.value is None})
    if not witnesses:
        return CountSummary(0, (), "no licensee reported", known_by)
    if len(numbers) == 1 and not words:
        noun = "licensee" if numbers[0] == 1 else "licensees"
        return CountSummary(numbers[0], witnesses, f"{numbers[0]} {noun} reported", known_by)
    said = ", ".join([*map(str, numbers), *words])
    text = f"count of licensees unknown (sources: {said})"
    return CountSummary(None, witnesses, text, known_by)
