"""JSON of others: what is too large, too deep or no JSON is a ValueError and nothing else."""

import pytest

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.files import read_json


def test_plain_json_is_read(tmp_path):
    (tmp_path / "file.json").write_bytes(b'\xef\xbb\xbf{"a": [1, 2.5, null, "\xc3\xbc"]}')
    assert read_json(tmp_path / "file.json") == {"a": [1, 2.5, None, "ü"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested too deep"),
        ("[" * 900 + "]" * 900, "nested too deep"),
        ('{"a": 1, "b": 2, "a": 3}', "'a' stands there twice"),
        ('{"a": NaN}', "NaN is no number"),
        ("[-Infinity]", "no number"),
        ("[1e999]", "1e999 is too large"),
        ("[" + "9" * 10_000 + "]", "is too large"),
        ("[1" + "0" * 400 + "]", "is too large"),
        ("[1, 2", "delimiter"),
        (b"\xff\xfe", "decode"),
        (" " * 1001, "more than 1,000 bytes"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "bytes",
)
def test_else_it_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_json(text, 1_000 if text[:2] in ("  ", b"  ") else 10**6)
