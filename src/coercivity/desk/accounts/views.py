"""Pages of accounts: one's own account, tokens, the audit trail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from coercivity.desk.accounts.forms import TokenForm
from coercivity.desk.accounts.models import ApiToken, AuditEvent
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.accounts.scope import get_visible, visible
from coercivity.desk.accounts.services import issue_token, revoke_token
from coercivity.desk.forms import bound
from coercivity.desk.listing import Column, ListSpec, make_listing
from coercivity.desk.pages import DeskRequest, Page, form_page, page
from coercivity.desk.wording import chain_in_words, details_in_words, in_words

__all__ = ["account", "audit", "new_token", "revoke"]


@page(Permission.OWN_ACCOUNT)
def account(request: DeskRequest) -> Page:
    """Show a person's own account."""
    return _account(request)


def _account(request: DeskRequest, new: str = "") -> Page:
    user = request.user
    rows = [
        ("Name", user.full_name),
        ("Signs in as", user.username),
        ("Organisation", user.organisation.name),
        ("Role", user.role),
        ("Team", user.team),
    ]
    tokens = list(visible(ApiToken, user))
    data = {
        "title": "Your account",
        "account": dict(rows),
        "tokens": [{"name": t.name, "expires_at": t.expires_at} for t in tokens],
    }
    context = {"rows": rows, "tokens": tokens, "new_token": new}
    return Page("accounts/account.html", data, context)


@page(Permission.OWN_ACCOUNT, methods=("GET", "POST"))
def new_token(request: DeskRequest) -> Page:
    """Make a token and show it once."""
    form = bound(TokenForm, request)
    if form.is_valid():
        return _account(request, new=issue_token(request.user, name=form.cleaned_data["name"]))
    context = {"submit": "Make the token", "back": reverse("accounts:account")}
    return form_page("desk/form.html", form, title="Make a token", context=context)


@page(Permission.OWN_ACCOUNT, methods=("POST",))
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Make one of one's own tokens stop working."""
    token = get_visible(ApiToken, request.user, pk=pk)
    revoke_token(token, actor=request.user)
    messages.success(request, f"The token {token.name} no longer works.")
    return HttpResponseRedirect(reverse("accounts:account"))


_AUDIT: ListSpec[AuditEvent] = ListSpec(
    name="audit",
    caption="Events, latest first",
    columns=(
        Column("at", "When", lambda row: row.at),
        Column("actor", "Who", lambda row: row.actor_name),
        Column("event", "What", lambda row: row.event, shown=in_words),
        Column("chain", "Case", lambda row: row.chain, shown=chain_in_words),
        Column(
            "details",
            "Details",
            lambda row: "; ".join(f"{key}: {value}" for key, value in row.details.items()),
            shown=details_in_words,
        ),
        Column("digest", "Digest", lambda row: row.digest[:12]),
    ),
    search=("chain__icontains", "actor_name__icontains", "event__icontains"),
    orders={"latest": ("Latest first", ("-at", "-id")), "case": ("By case", ("chain", "number"))},
)


@page(Permission.SEE_AUDIT)
def audit(request: DeskRequest) -> Page:
    """List who did what."""
    listing = make_listing(request, _AUDIT, visible(AuditEvent, request.user))
    return Page("desk/list.html", {"title": "Audit trail"}, listing=listing)
