"""Forms: labels, hints and errors tied to their fields, the same everywhere."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

from coercivity.errors import CoercivityError

__all__ = ["DeskForm", "DeskRenderer", "bound", "error_links", "form_data", "take_errors"]


class DeskRenderer(TemplatesSetting):
    """Draws every field with one template."""

    field_template_name = "desk/field.html"


class DateInput(forms.DateInput):
    """A date as the browser asks for it, ISO without a script."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DeskForm(forms.Form):
    """Base of every form of the desk."""

    use_required_attribute = False
    label_suffix = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField) and not isinstance(
                field.widget, forms.HiddenInput
            ):
                field.widget = DateInput(attrs=field.widget.attrs)


Form = TypeVar("Form", bound=DeskForm)


def bound(kind: type[Form], request: HttpRequest, **kwargs: Any) -> Form:
    """Return a form filled with what was sent, or an empty one."""
    if request.method == "POST":
        return kind(request.POST, request.FILES, **kwargs)
    return kind(**kwargs)


def take_errors(form: DeskForm, error: CoercivityError) -> None:
    """Put what the library refused into the form, next to the field it names if it names one.

    Parameters
    ----------
    form : DeskForm
        Checked.
    error : CoercivityError
        Its problems may have a field's name as ``where``.
    """
    for problem in error.problems:
        field = problem.where if problem.where in form.fields else None
        text = f"{problem.what[:1].upper()}{problem.what[1:]}."
        if problem.where and field is None:
            text = f"{problem.where}: {problem.what}."
        if problem.expected:
            text += f" Expected: {problem.expected}."
        if problem.hint:
            text += f" Next: {problem.hint}."
        form.add_error(field, text)


def error_links(form: forms.BaseForm) -> list[tuple[str, str]]:
    """Return every error of a form with the anchor of its field; empty where it has none."""
    links = [("", str(text)) for text in form.non_field_errors()]
    for field in form:
        links.extend((_anchor(field), str(text)) for text in field.errors)
    return links


def _anchor(field: BoundField) -> str:
    """Id of the first control: of a group of choices, the first choice."""
    widget = field.field.widget
    grouped = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.auto_id}_0" if grouped else str(field.auto_id)


def form_data(form: forms.BaseForm) -> dict[str, Any]:
    """Return a form as plain values: what is asked, what was said, what is wrong."""
    return {
        "fields": [
            {
                "name": field.html_name,
                "label": str(field.label),
                "help": str(field.help_text),
                "required": field.field.required,
                "errors": [str(text) for text in field.errors],
                "choices": [
                    [str(value), str(label)]
                    for value, label in getattr(field.field, "choices", ()) or ()
                ],
            }
            for field in form
        ],
        "errors": [str(text) for text in form.non_field_errors()],
    }
