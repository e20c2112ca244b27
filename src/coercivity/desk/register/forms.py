"""Forms of the register: one thing each."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Final

import pycountry
from django import forms

from coercivity.controls.model import CIVIL, UNKNOWN
from coercivity.desk import packs
from coercivity.desk.forms import DeskForm

__all__ = [
    "CorrectForm",
    "DayForm",
    "DescribeForm",
    "DiffForm",
    "NoteForm",
    "PackForm",
    "PairForm",
    "QuestionForm",
    "UploadForm",
]

FIELDS: Final = (
    ("frame", "the kind of act (frame)"),
    ("polarity", "affirmed, negated or questioned (polarity)"),
    ("modality", "actual, possible, planned, demanded or hypothetical (modality)"),
    ("when", "when it happened (a date)"),
    ("said_at", "when it was said (a date)"),
)
"""What can be corrected besides slots."""

SLOTS: Final = (
    *("actor", "recipient", "item", "count", "destination", "origin", "counterparty"),
    *("participant", "topic", "instrument", "place", "until", "value", "condition", "status"),
)
"""Slots that a correction may add."""


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[str, str], ...]:
    found = sorted((country.name, country.alpha_2) for country in pycountry.countries)
    return (("", "Choose a country"), *((code, name) for name, code in found))


@lru_cache(maxsize=1)
def _items() -> tuple[tuple[str, Any], ...]:
    """Return every item of every pack, under the pack's title; the value names both."""
    groups = [
        (title, tuple((f"{name}:{item}", words) for item, words in packs.item_choices(name)))
        for name, title in packs.titles()
    ]
    return (("", "Choose an item"), *groups)


@lru_cache(maxsize=1)
def _end_uses() -> tuple[tuple[str, str], ...]:
    named = sorted({use for name in packs.names() for use in packs.end_uses(name)} - {CIVIL})
    return (
        (CIVIL, "Civil, none that a measure names"),
        *((use, use.replace("_", " ")) for use in named),
        (UNKNOWN, "Not known: assume nothing"),
    )


def _pack_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="Which subject?", choices=packs.titles)


def _note_field() -> forms.CharField:
    return forms.CharField(
        label="Why?",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with your judgement.",
    )


class PackForm(DeskForm):
    """A subject."""

    pack = _pack_field()


class DescribeForm(DeskForm):
    """Who published a document, where and when."""

    publisher = forms.CharField(
        label="Who published it?", max_length=120, required=False, help_text="As it is known."
    )
    url = forms.URLField(
        label="Where?", max_length=500, required=False, assume_scheme="https",
        help_text="Address of the page; it is kept and shown, never opened.",
    )  # fmt: skip
    told = forms.CharField(
        label="On which date?",
        max_length=10,
        required=False,
        help_text="Such as 2025-10-31 or 2025-10. A date in the text itself counts for more.",
    )


class UploadForm(DescribeForm):
    """A document."""

    pack = _pack_field()
    upload = forms.FileField(
        label="Document",
        help_text="Text in UTF-8, HTML or PDF. It is read as text and never shown as a page.",
    )
    field_order = ("pack", "upload", "publisher", "url", "told")


class NoteForm(DeskForm):
    """Why."""

    note = _note_field()


class CorrectForm(NoteForm):
    """One correction."""

    name = forms.ChoiceField(label="What is wrong?")
    value = forms.CharField(
        label="What is right?",
        required=False,
        max_length=300,
        help_text="An id of the subject, a country code, a number, a date, or words. "
        "Empty: the text does not say.",
    )
    field_order = ("name", "value", "note")

    def __init__(self, *args: Any, slots: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["name"]
        assert isinstance(field, forms.ChoiceField)
        named = [(slot, f"{slot.replace('_', ' ')} (as read)") for slot in slots]
        others = [(slot, slot.replace("_", " ")) for slot in SLOTS if slot not in slots]
        field.choices = [("", "Choose"), *named, *FIELDS, *others]


class PairForm(NoteForm):
    """Another claim."""

    other = forms.ChoiceField(label="Which other claim?", widget=forms.RadioSelect)
    field_order = ("other", "note")

    def __init__(self, *args: Any, claims: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["other"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = claims


class QuestionForm(DeskForm):
    """A question about a shipment; every field is part of the address of the answer."""

    item = forms.ChoiceField(label="What is shipped?", choices=_items)
    origin = forms.ChoiceField(label="From", choices=_countries)
    destination = forms.ChoiceField(label="To", choices=_countries)
    on = forms.DateField(label="When does it leave?")
    known_at = forms.DateField(
        label="Count only what was published by",
        required=False,
        help_text="Empty: everything recorded.",
    )
    end_use = forms.ChoiceField(label="What is it for?", choices=_end_uses, required=False)
    end_user = forms.CharField(
        label="Who uses it in the end?",
        max_length=120,
        required=False,
        help_text="A party's id or name, or “unknown”. Empty: one on no list is assumed.",
    )
    contains = forms.CharField(
        label="What do the goods contain?",
        max_length=120,
        required=False,
        help_text="Symbols separated by commas, such as Dy, Tb. Empty: as the subject states.",
    )
    share = forms.DecimalField(
        label="Share of listed content in foreign-made goods, in %",
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    evidence = forms.BooleanField(
        label="Count also what my organisation’s documents tell", required=False
    )

    def clean_contains(self) -> tuple[str, ...]:
        """Return the symbols."""
        given = str(self.cleaned_data["contains"]).split(",")
        return tuple(part.strip() for part in given if part.strip())


class DayForm(DeskForm):
    """A subject, a day, and a state of knowledge."""

    pack = _pack_field()
    on = forms.DateField(label="On which day?")
    known_at = forms.DateField(label="Count only what was published by", required=False)


class DiffForm(DeskForm):
    """Two days, or one day in two states of knowledge."""

    pack = _pack_field()
    before = forms.DateField(label="First day")
    after = forms.DateField(
        label="Second day", help_text="The same day twice compares two states of knowledge."
    )
    known_before = forms.DateField(
        label="First day, counting only what was published by", required=False
    )
    known_after = forms.DateField(
        label="Second day, counting only what was published by", required=False
    )


def asked(kind: type[DeskForm], query: Any, **initial: date | str) -> DeskForm:
    """Return a form whose fields are the query string: empty where nothing is asked yet."""
    return kind(query) if any(name in kind.base_fields for name in query) else kind(initial=initial)
