"""Text as editors on several systems save it."""

import pytest

from facedancer.utils import text_files
from facedancer.utils.errors import UserError
from facedancer.utils.flags.files import expand_flagfiles
from facedancer.utils.text_files import encoding_of, read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_marks_are_passed_over(tmp_path, encoding):
    path = tmp_path / "a.json"
    start = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_text(f"{start}Zoë, 顔\n", encoding=encoding)
    assert read_text(path) == "Zoë, 顔\n"
    with path.open(encoding=encoding_of(path)) as file:
        assert file.readlines() == ["Zoë, 顔\n"]


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "a.cfg"
    path.write_bytes(b"--data=caf\xe9\n")
    with pytest.raises(UnicodeDecodeError):
        read_text(path)
    with pytest.raises(UserError, match=r"a\.cfg is not UTF-8 text"):
        expand_flagfiles([f"--flagfile={path}"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_flagfile_may_begin_with_a_mark(tmp_path, encoding):
    path = tmp_path / "a.cfg"
    path.write_text("# ours\n--data=here\n", encoding=encoding)
    assert expand_flagfiles([f"--flagfile={path}"]) == ["--data=here"]


def test_a_text_without_end_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(text_files, "_MOST_CHARACTERS", 100)
    path = tmp_path / "long.json"
    path.write_text("a" * 100)
    assert text_files.read_text(path) == "a" * 100
    path.write_text("a" * 101)
    with pytest.raises(ValueError, match="more than 100 characters"):
        text_files.read_text(path)
