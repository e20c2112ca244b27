"""Django's settings, all from :mod:`coercivity.desk.environment`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from coercivity.desk.environment import read_environment

_env = read_environment()
_here = Path(__file__).resolve().parent

DESK_HOME = _env.home
DESK_DOCUMENTS = _env.documents
DESK_MODE = _env.mode

DEBUG = _env.mode == "debug"
SECRET_KEY = _env.secret_key
ALLOWED_HOSTS = list(_env.hosts)
CSRF_TRUSTED_ORIGINS = list(_env.origins)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "django_htmx",
    "coercivity.desk.accounts",
    "coercivity.desk.licensing",
    "coercivity.desk.register",
    "coercivity.desk.explorer",
    "coercivity.desk.runs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "coercivity.desk.middleware.StaticFilesMiddleware",
    "coercivity.desk.middleware.ReadableRequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "coercivity.desk.middleware.DeclaredPermissionMiddleware",
    "coercivity.desk.middleware.ErrorPageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "coercivity.desk.urls"
ASGI_APPLICATION = "coercivity.desk.asgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_here / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coercivity.desk.navigation.in_templates",
            ],
            "builtins": ["coercivity.desk.accounts.templatetags.desk"],
        },
    }
]
FORM_RENDERER = "coercivity.desk.forms.DeskRenderer"

DATABASES: dict[str, Any] = {"default": dj_database_url.parse(_env.database_url)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A transaction takes the write lock when it begins: a read that later wants to write would
    # otherwise fail at once when another writer came first.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Under ASGI every request has a thread of its own, and without a pool a connection of its own:
    # to open one costs more than most pages. What is lent is looked at first, so that nobody is
    # handed a connection that a restart of the database has cut.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": _env.connections,
        "timeout": 20,
    }
    # A page asks the same few questions each time. Prepared at their third time on a connection,
    # they are no longer parsed and planned, which took more than to answer them.
    DATABASES["default"]["OPTIONS"]["server_side_binding"] = True
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 2
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Django's own hashes; how many are worked out at once, and the cost of Argon2id, are ours.
PASSWORD_HASHERS = [
    "coercivity.desk.accounts.hashing.InTurnArgon2Hasher",
    "coercivity.desk.accounts.hashing.InTurnPBKDF2Hasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Address and name together: one person's slips lock out nobody else behind the same proxy.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [_here / "static"]
# Files come straight from the installed packages: there is no collecting step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
# The default, larger limit of Django holds for fields; files have a limit of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [NONE],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "coercivity.desk.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = _env.is_production
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SESSION_COOKIE_SECURE = _env.is_production
CSRF_COOKIE_SECURE = _env.is_production
SECURE_HSTS_SECONDS = _env.hsts_seconds if _env.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _env.is_production
SECURE_HSTS_PRELOAD = _env.is_production
if _env.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
