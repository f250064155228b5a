"""Settings: bad values are refused by name, never shown; browsers are told the strict things."""

from __future__ import annotations

import json
import logging

import pytest

from fireline.errors import SettingsError
from fireline.store.config import Settings, database_settings, read_settings
from fireline.store.logs import JsonFormatter


def read(tmp_path, **environ):
    return read_settings({"FIRELINE_HOME": str(tmp_path), **environ})


def test_it_works(tmp_path):
    found = read(tmp_path)
    assert isinstance(found, Settings) and found.is_loopback and not found.has_tls and not found.is_debug
    assert read(tmp_path).secret_key == found.secret_key
    assert found.secret_key not in repr(found)
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"FIRELINE_DEBUG": "1"},
        {"FIRELINE_TLS": "yes"},
        {"FIRELINE_TIME_ZONE": "Mars/Base"},
        {"FIRELINE_LANGUAGE": "fr"},
        {"FIRELINE_ALLOWED_HOSTS": "a.example,*"},
        {"FIRELINE_SECRET_KEY": "sesame"},
        {"FIRELINE_SESSION_IDLE_MIN": "16"},
        {"FIRELINE_SESSION_IDLE_MIN": "0"},
        {"FIRELINE_SESSION_ABSOLUTE_H": "twelve"},
        {"FIRELINE_SECRET_KEY_FILE": "/nowhere/at/all"},
    ],
)
def test_bad_values_are_refused_by_name(tmp_path, bad):
    with pytest.raises(SettingsError) as error:
        read(tmp_path, **bad)
    name, value = next(iter(bad.items()))
    assert name.removesuffix("_FILE") in str(error.value)
    assert value in ("1", "0", "16", "yes") or value not in str(error.value)


def test_secrets_come_from_files(tmp_path):
    file = tmp_path / "url"
    file.write_text("postgres://u:p%40ss@db:5433/fire\n")
    found = read(tmp_path, DATABASE_URL_FILE=str(file))
    database = database_settings(found)
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"], database["NAME"]) == (
        "u", "p@ss", "db", "5433", "fire",
    )  # fmt: skip


@pytest.mark.parametrize("url", ["mysql://a/b", "postgres://host", "nonsense"])
def test_bad_database_urls_are_refused(tmp_path, url):
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        database_settings(read(tmp_path, DATABASE_URL=url))


def test_pages_are_told_the_strict_things():
    from django.conf import settings

    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert not any("unsafe" in str(v) or "*" in str(v) for v in directives.values())
    assert settings.SESSION_COOKIE_SAMESITE == "Strict" and settings.SESSION_COOKIE_HTTPONLY
    assert settings.X_FRAME_OPTIONS == "DENY" and settings.SECURE_CONTENT_TYPE_NOSNIFF


CANARIES = ["王小明", "13800001111", "411624199001011234", "Ann\nLevel: ok", "\x1b[31m"]


@pytest.mark.parametrize("canary", CANARIES)
def test_logs_hold_no_person_data(canary):
    record = logging.LogRecord("x", logging.INFO, "f", 1, "sign-in of %s failed", (canary,), None)
    record.outbreak_id, record.event = 3, "e"
    line = JsonFormatter().format(record)
    assert canary not in line and json.dumps(canary)[1:-1] not in line and "\n" not in line
    assert json.loads(line)["outbreak_id"] == 3


def test_logs_of_errors_hold_places_only():
    try:
        raise ValueError("王小明")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "number 13800001111", (), info)
    line = JsonFormatter().format(record)
    assert "王" not in line and "\\u738b" not in line and "13800001111" not in line
    assert json.loads(line)["error"] == "ValueError" and json.loads(line)["where"]
