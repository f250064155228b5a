"""The streams.toml of a feed folder reaches the signals chapter; without one the packaged book is used."""

import numpy as np
import pytest
from tests.factories.streams import FIRST, counts_table, figures, raised

from fireline.errors import InputError
from fireline.pipeline.home import Home
from fireline.pipeline.run import run_folder
from fireline.pipeline.streams import MOST_BYTES, read_streams
from fireline.signals.streams import default_streams


def test_without_a_file_the_packaged_streams(tmp_path):
    assert read_streams(tmp_path) is default_streams()


def test_a_file_adds_to_them(tmp_path):
    (tmp_path / "streams.toml").write_text("\ufeff[stream.clinic_b]\nlike = 'fever_clinic'\n", "utf-8")
    assert "clinic_b" in read_streams(tmp_path).streams


def test_a_link_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("[stream.clinic_b]\n", "utf-8")
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "streams.toml").symlink_to(elsewhere)
    assert read_streams(folder) is default_streams()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[stream", "not valid TOML"),
        (b"[stream.a]\ntrust = 2\n", "stream.a.trust"),
        (b"#" * (MOST_BYTES + 1), "at most"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, data, message):
    (tmp_path / "streams.toml").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_streams(tmp_path)


@pytest.mark.slow
def test_a_run_uses_the_folders_streams_and_writes_triggers(tmp_path, library):
    folder = tmp_path / "feed"
    folder.mkdir()
    figure = raised(figures(), begun=100, more=1.0)
    counts_table(figure).write_csv(folder / "counts.csv")
    (folder / "streams.toml").write_text("[stream.school_absence]\ntrust = 0.0\n", "utf-8")
    run = run_folder(
        folder, out=tmp_path / "out", home=Home.open(tmp_path / "home"), library=library, area="EX-0101"
    )
    trigger = run.results.signals.triggers[0]
    assert trigger.level == "high"
    weights = {e.stream: e.weight for e in trigger.evidence}
    assert weights["school_absence"] == 0.0 < weights["fever_clinic"]
    assert "streams.toml" not in run.intake.ignored
    for name in ("triggers", "trigger_evidence", "trigger_points", "signal_calibration", "stream_days"):
        assert (tmp_path / "out" / "tables" / f"{name}.csv").is_file()
    run_folder(
        folder, out=tmp_path / "again", home=Home.open(tmp_path / "home"), library=library, area="EX-0101"
    )
    one, two = (p / "tables" / "triggers.csv" for p in (tmp_path / "out", tmp_path / "again"))
    assert one.read_bytes() == two.read_bytes()
    assert FIRST < trigger.raised and np.isfinite(trigger.p)
