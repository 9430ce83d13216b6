"""The generator that ships for photographs, in float16: its card tells what was measured on it."""

import shutil

import pytest

from facedancer.lab.networks import photographs
from facedancer.lab.networks.photographs import ship_photographs
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, write_json
from facedancer.utils.weights.published import MODEL_ZOO

LAB = MODEL_ZOO / "lab"


def entry(value):
    return {"value": value, "low": None, "high": None, "count": 2}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A run, and what was measured on it; the swaps of both photographs lie 60 dB apart."""
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(LAB / "generator.keras", run)
    versions = {"facedancer": "0.1.0", "numpy": "2"}
    write_json(run / "run.json", {"parts": [{"versions": versions, "sha256": {}}]})
    (run / "log.jsonl").write_text('{"step": 50}\n{"step": 1234}\n')
    origin = {"sha256": digest_of(run / "generator.keras")}
    judges = {"one": {"id_top1": entry(81.5)}}
    rows = {"swap": {"name": "it", "judges": judges, "metrics": {"psnr_outside": entry(20)}}}
    write_json(
        tmp_path / "judged" / "results.json",
        {
            "rows": rows,
            "protocol": {
                "swapper": {**origin, "kind": "generator", "strength": 1.2},
                "colours": "even",
                "texture": "on",
                "judges": {"one": {"name": "one", "sha256": "ab"}},
                "attributes": {},
                "photographs": {"count": 3, "identities": 2},
                "swapped_side": 64,
                "judged_side": 256,
            },
        },
    )
    row = {"label": "age", "group": "over 50", "role": "source", "pairs": 7}
    rows = [{**row, "metrics": {"id_top1, one": entry(66.7)}}]
    write_json(tmp_path / "groups" / "groups.json", {"rows": rows, "swapper": origin})
    monkeypatch.setattr(photographs, "_psnr", lambda *arguments: 60.0)
    return tmp_path


def ship(made, encoder=LAB / "arcface.keras"):
    folders = made / "judged", made / "groups", made / "shipped"
    return ship_photographs(made / "run", encoder, *folders)


def test_the_card_has_what_was_measured(made):
    total = ship(made)
    shipped = made / "shipped" / "generator.keras"
    assert total == shipped.stat().st_size + (LAB / "arcface.keras").stat().st_size
    card = (made / "shipped" / "README.md").read_text()
    for words in (
        digest_of(shipped),
        "2,553,742",
        "1,234 steps (facedancer 0.1.0)",
        "60 dB",
        "| ID ↑, one | 81.5 |",
        ": strength 1.2, colours even",
        "| source: age, over 50 | 7 | 66.7 |",
        "lab/arcface.keras",
    ):
        assert words in card
    assert "{" not in card


def test_what_is_not_shipped(made, monkeypatch):
    with pytest.raises(UserError, match="was trained with the identity encoder arcface"):
        ship(made, LAB / "cosface.keras")
    monkeypatch.setattr(photographs, "_psnr", lambda *arguments: 40.0)
    with pytest.raises(UserError, match="in float16 the pictures of .* have a PSNR of 40 dB"):
        ship(made)
    monkeypatch.setattr(photographs, "_MOST_BYTES", 1_000_000)
    with pytest.raises(UserError, match="more than 1: train a narrower"):
        ship(made)
    assert not list((made / "shipped").glob("*"))
    groups = made / "groups" / "groups.json"
    write_json(groups, {"rows": [], "swapper": {"sha256": "another"}})
    with pytest.raises(UserError, match=r"groups\.json was measured with another generator"):
        ship(made)
    groups.unlink()
    with pytest.raises(UserError, match=r"no such file: .*groups\.json"):
        ship(made)
