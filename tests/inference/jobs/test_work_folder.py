"""The folder of a run that may be stopped: what it remembers, and what it does not believe."""

import pytest

from facedancer.inference.jobs.work_folder import WorkFolder
from facedancer.utils.errors import UserError


def test_what_was_committed_is_there_again(tmp_path):
    with WorkFolder(tmp_path / "out.mp4", {"a": 1}) as folder:
        folder.commit(0, [{"frame": 1, "score": float("nan")}])
    with WorkFolder(tmp_path / "out.mp4", {"a": 1}) as folder:
        assert (folder.whole, folder.note) == (1, "")
        (record,) = folder.records(0)
        assert record["frame"] == 1 and record["score"] != record["score"]


def test_other_settings_begin_again(tmp_path):
    with WorkFolder(tmp_path / "out.mp4", {"a": 1}) as folder:
        folder.commit(0, [])
    with WorkFolder(tmp_path / "out.mp4", {"a": 2}) as folder:
        assert folder.whole == 0 and "other a" in folder.note


@pytest.mark.parametrize("damaged", ["[" * 10_000, "half a li", "[1]", "3"])
def test_damaged_records_are_named(tmp_path, damaged):
    with WorkFolder(tmp_path / "out.mp4", {}) as folder:
        folder.commit(0, [{"frame": 1}])
        (folder.path / "part_000000.jsonl").write_text(damaged)
        with pytest.raises(UserError, match=r"part_000000\.jsonl is damaged .*: remove "):
            folder.records(0)
