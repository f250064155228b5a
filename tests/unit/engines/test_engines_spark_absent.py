"""Without PySpark or Java the Spark engine says what to install; importing it needs neither."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fireline.engines.spark import lay_out, trial_session
from fireline.errors import SettingsError


def test_says_what_to_install_without_pyspark(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(SettingsError, match=r"Install fireline\[spark\] .* and Java 17"):
        lay_out(None, n_buckets=2)
    with pytest.raises(SettingsError, match=r"fireline\[spark\]"), trial_session():
        pass


@pytest.mark.long
def test_says_what_to_install_without_java(monkeypatch, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not installed: fireline[spark]")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="openjdk-17-jre-headless"), trial_session():
        pass
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="needs Java 17"), trial_session():
        pass


def test_importing_the_engine_imports_neither_pyspark_nor_pyarrow():
    code = "import sys, fireline.engines.spark; print(sorted({'pyspark', 'pyarrow', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
