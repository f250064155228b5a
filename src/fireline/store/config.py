"""Settings of the program, read once from the environment; a value that is not allowed is refused.

Foundation of store and web: thresholds of the disease are never settings, they are policy packs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fireline.errors import SettingsError
from fireline.pipeline.home import Home, default_home

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, already checked.

    Attributes
    ----------
    home : Path, FIRELINE_HOME (default ~/.local/share/fireline)
    database_url : str, DATABASE_URL ("" = SQLite in the home folder)
    secret_key : str, FIRELINE_SECRET_KEY or the generated key in keys/; never shown by repr
    is_debug : bool, FIRELINE_DEBUG
    has_tls : bool, FIRELINE_TLS: the program is reached over HTTPS (secure cookies, HSTS, redirect)
    allowed_hosts : tuple of str, FIRELINE_ALLOWED_HOSTS, comma-separated (default the loopback names)
    time_zone : str, FIRELINE_TIME_ZONE
    language : str, FIRELINE_LANGUAGE, "zh-hans" or "en"
    idle_min : int, FIRELINE_SESSION_IDLE_MIN, 1 to 15
    field_idle_min : int, FIRELINE_FIELD_IDLE_MIN, 1 to 480 (a reporter's phone)
    absolute_h : int, FIRELINE_SESSION_ABSOLUTE_H, 1 to 12
    """

    home: Path
    database_url: str
    secret_key: str
    is_debug: bool
    has_tls: bool
    allowed_hosts: tuple[str, ...]
    time_zone: str
    language: str
    idle_min: int
    field_idle_min: int
    absolute_h: int

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, has_tls={self.has_tls}, is_debug={self.is_debug})"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the program."""
        return all(host in LOOPBACK for host in self.allowed_hosts)


def envbool(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Read True or False and nothing else.

    Raises
    ------
    SettingsError   any other text
    """
    text = environ.get(name, "")
    if text == "":
        return default
    if text not in ("True", "False"):
        raise SettingsError(f"setting {name} must be True or False; set it to one of the two or remove it")
    return text == "True"


def envint(environ: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    """Read a whole number inside a closed range.

    Raises
    ------
    SettingsError   not a whole number, or outside the range
    """
    text = environ.get(name, "")
    if text == "":
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(f"setting {name} must be a whole number from {low} to {high}")
    return int(text)


def envsecret(environ: Mapping[str, str], name: str) -> str:
    """Read a secret from NAME, or from the file that NAME_FILE names ("" when neither is set).

    Raises
    ------
    SettingsError   the file cannot be read
    """
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"setting {name}_FILE names a file that cannot be read; check the path"
        ) from error


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings from the environment and refuse bad ones.

    Raises
    ------
    SettingsError   a value that is not allowed (the message names the setting, never its value)
    """
    env = os.environ if environ is None else environ
    home = home_path(env)
    zone = env.get("FIRELINE_TIME_ZONE", "") or "Asia/Shanghai"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            "setting FIRELINE_TIME_ZONE must be an IANA name such as Asia/Shanghai"
        ) from error
    language = env.get("FIRELINE_LANGUAGE", "") or "zh-hans"
    if language not in _LANGUAGES:
        raise SettingsError(f"setting FIRELINE_LANGUAGE must be one of {', '.join(_LANGUAGES)}")
    hosts = tuple(h.strip() for h in env.get("FIRELINE_ALLOWED_HOSTS", "").split(",") if h.strip())
    if "*" in hosts:
        raise SettingsError("setting FIRELINE_ALLOWED_HOSTS must name hosts exactly; * is refused")
    secret = envsecret(env, "FIRELINE_SECRET_KEY") or Home.open(home).key("django-secret").hex()
    if len(secret) < 50:
        raise SettingsError("setting FIRELINE_SECRET_KEY must have at least 50 characters")
    return Settings(
        home=home,
        database_url=envsecret(env, "DATABASE_URL"),
        secret_key=secret,
        is_debug=envbool(env, "FIRELINE_DEBUG", default=False),
        has_tls=envbool(env, "FIRELINE_TLS", default=False),
        allowed_hosts=hosts or LOOPBACK,
        time_zone=zone,
        language=language,
        idle_min=envint(env, "FIRELINE_SESSION_IDLE_MIN", default=15, low=1, high=15),
        field_idle_min=envint(env, "FIRELINE_FIELD_IDLE_MIN", default=480, low=1, high=480),
        absolute_h=envint(env, "FIRELINE_SESSION_ABSOLUTE_H", default=12, low=1, high=12),
    )


def home_path(environ: Mapping[str, str] | None = None) -> Path:
    """The home folder that the environment names, else the default of pipeline.home."""
    env = os.environ if environ is None else environ
    named = env.get("FIRELINE_HOME", "").strip()
    return Path(named).expanduser().absolute() if named else default_home().absolute()


def database_settings(settings: Settings) -> dict[str, object]:
    """Django's DATABASES["default"] for PostgreSQL by URL, or SQLite in the home folder.

    Raises
    ------
    SettingsError   the URL is not of the form postgres://user:password@host:port/name
    """
    if not settings.database_url:
        return {
            "ENGINE": "fireline.store.sqlite",
            "NAME": str(Home(settings.home).db_path),
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=1073741824; "
                    "PRAGMA secure_delete=ON;"
                ),
            },
        }
    parts = urlsplit(settings.database_url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise SettingsError("setting DATABASE_URL must read postgres://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10},
    }
