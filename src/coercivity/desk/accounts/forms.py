"""Forms of accounts."""

from __future__ import annotations

from django import forms

from coercivity.desk.forms import DeskForm

__all__ = ["TokenForm"]


class TokenForm(DeskForm):
    """What a token is for."""

    name = forms.CharField(
        label="What is the token for?",
        help_text="A name by which you know it later, such as customs gateway.",
        max_length=80,
    )
