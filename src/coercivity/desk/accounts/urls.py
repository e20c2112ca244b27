"""Routes of accounts."""

from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import path, reverse_lazy

from coercivity.desk.accounts import views
from coercivity.desk.accounts.roles import Permission
from coercivity.desk.pages import pages
from coercivity.desk.permissions import needs, open_to_anybody

app_name = "accounts"

_sign_in = auth.LoginView.as_view(
    template_name="accounts/sign_in.html",
    redirect_authenticated_user=True,
    extra_context={"title": "Sign in"},
)
_password = auth.PasswordChangeView.as_view(
    template_name="desk/form.html",
    success_url=reverse_lazy("accounts:account"),
    extra_context={"title": "Change your password", "submit": "Change the password"},
)

urlpatterns = [
    path("sign-in", open_to_anybody(_sign_in), name="sign_in"),
    path("sign-out", needs(Permission.OWN_ACCOUNT)(auth.LogoutView.as_view()), name="sign_out"),
    path("account/password", needs(Permission.OWN_ACCOUNT)(_password), name="password"),
    *pages("account/tokens/new", views.new_token, name="new_token"),
    path("account/tokens/<int:pk>/revoke", views.revoke, name="revoke_token"),
    *pages("account", views.account, name="account"),
    *pages("audit", views.audit, name="audit", csv=True),
]
