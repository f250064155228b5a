"""Django settings, built from the checked Settings; nothing here is edited by an operator.

Web: DJANGO_SETTINGS_MODULE is fireline.web.settings; every knob is an environment variable of store.config.
"""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from fireline.store.config import database_settings, read_settings

FIRELINE = read_settings()
_WEB = Path(__file__).resolve().parent

SECRET_KEY = FIRELINE.secret_key
DEBUG = FIRELINE.is_debug
ALLOWED_HOSTS = [*FIRELINE.allowed_hosts]
ROOT_URLCONF = "fireline.web.urls"
WSGI_APPLICATION = "fireline.web.wsgi.application"
AUTH_USER_MODEL = "store.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "fireline.store",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fireline.store.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_settings(FIRELINE)}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# -- accounts and sessions -------------------------------------------------------------------------------
PASSWORD_HASHERS = ["fireline.store.hashers.FirelineArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = FIRELINE.absolute_h * 3600  # the idle limit is kept by SessionLimits
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = FIRELINE.has_tls
SESSION_COOKIE_NAME = "__Host-fireline" if FIRELINE.has_tls else "fireline"
CSRF_FAILURE_VIEW = "fireline.web.shared.pages.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = FIRELINE.has_tls
CSRF_COOKIE_NAME = "__Host-fireline-csrf" if FIRELINE.has_tls else "fireline-csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in FIRELINE.allowed_hosts if FIRELINE.has_tls]
LANGUAGE_COOKIE_NAME = "__Host-fireline-lang" if FIRELINE.has_tls else "fireline-lang"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_SECURE = FIRELINE.has_tls
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- what a browser is told ------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = FIRELINE.has_tls
SECURE_REDIRECT_EXEMPT = [r"^api/"]  # a program that sends its key in the clear is refused, not led on
SECURE_HSTS_SECONDS = 31_536_000 if FIRELINE.has_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = FIRELINE.has_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if FIRELINE.has_tls else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "worker-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# -- language, time, static files ------------------------------------------------------------------------
LANGUAGE_CODE = FIRELINE.language
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [_WEB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = FIRELINE.time_zone
STATIC_URL = "/static/"
STATICFILES_DIRS = [path for path in (_WEB / "static" / "dist", _WEB / "static") if path.is_dir()]
STATIC_ROOT = None  # nothing is collected: WhiteNoise serves what the finders find
WHITENOISE_USE_FINDERS = True  # files are served from the package: nothing to collect after an upgrade
WHITENOISE_AUTOREFRESH = FIRELINE.is_debug

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "fireline.store.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
