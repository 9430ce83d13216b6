"""Manifests of strangers: whatever they hold, they are read or said to be unreadable."""

import contextlib

import pytest

from facedancer.inference.marking import content_credentials
from facedancer.inference.marking.content_credentials import UnsignedError, read_manifest


class Store(contextlib.nullcontext):
    """Stands for the library's reader of a file."""

    text = ""

    @classmethod
    def try_create(cls, *arguments, **options):
        return cls()

    def json(self):
        return self.text

    def get_validation_state(self):
        return "Valid"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "[" * 10_000,
        '{"active_manifest": "a", "manifests": {}}',
        '{"active_manifest": "a", "manifests": {"a": {"assertions": [{"label": "c2pa.actions"}]}}}',
        '{"active_manifest": "a", "manifests": {"a": {"signature_info": "me"}}}',
    ],
    ids=range(6),
)
def test_a_manifest_of_another_form_is_one_line(tmp_path, monkeypatch, text):
    monkeypatch.setattr(Store, "text", text)
    monkeypatch.setattr(content_credentials, "Reader", Store)
    (tmp_path / "a.jpg").write_bytes(b"picture")
    with pytest.raises(UnsignedError, match="its manifest makes no sense"):
        read_manifest(tmp_path / "a.jpg")
