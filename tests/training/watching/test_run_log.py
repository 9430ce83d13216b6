"""The JSON log: proper JSON, whole lines, and every step once after a kill."""

import json
from datetime import datetime

import pytest

from facedancer.training.watching.run_log import LOG_NAME, RunLog, read_log


def test_each_entry_is_a_line_of_proper_json_at_once(tmp_path):
    log = RunLog(tmp_path / "new" / "run", 0)
    log.write(1, {"loss/a": 0.5, "loss/b": float("nan"), "loss/c": float("-inf")})
    log.write(2, {"alarm": "look"})

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    # Read before it is closed: a killed run never closes it.
    lines = (tmp_path / "new" / "run" / LOG_NAME).read_text().splitlines()
    first, second = (json.loads(line, parse_constant=refuse) for line in lines)
    assert datetime.fromisoformat(first.pop("time")).utcoffset().total_seconds() == 0
    assert first == {"step": 1, "loss/a": 0.5, "loss/b": None, "loss/c": None}
    assert second["alarm"] == "look"
    log.close()


def write_lines(folder, *lines: bytes) -> None:
    (folder / LOG_NAME).write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (b'{"step": 4}\n', [1, 2]),
        (b'{"step": 2, "a": 1}\n', [1, 2, 2]),
        (b'{"step": 2, "a": ', [1, 2]),
        (b'{"step": 2}', [1, 2]),
        (b'{"step": 2, "a": "\xc3', [1, 2]),
        (b'{"st\n', [1, 2]),
    ],
)
def test_going_on_drops_later_steps_and_half_a_line(tmp_path, last, kept):
    write_lines(tmp_path, b'{"step": 1}\n', b'{"step": 2}\n', b'{"step": 3}\n', last)
    log = RunLog(tmp_path, 2)
    log.write(3, {})
    log.close()
    assert [entry["step"] for entry in read_log(tmp_path)] == [*kept, 3]
    assert [path.name for path in tmp_path.iterdir()] == [LOG_NAME]


def test_a_log_that_is_being_written_can_be_read(tmp_path):
    write_lines(tmp_path, b'{"step": 1, "a": 0.5}\n', b'{"step": 2, "a"')
    assert read_log(tmp_path) == [{"step": 1, "a": 0.5}]
    with pytest.raises(FileNotFoundError):
        read_log(tmp_path / "nowhere")
