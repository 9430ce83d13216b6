"""The protocol for photographs, on swaps whose numbers are known, with judges of mean colours."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.evaluation import judges
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.photographs import job, judging
from facedancer.evaluation.photographs.faces import SeenFaces, judged_part, put_into_picture
from facedancer.evaluation.photographs.job import judge_photographs
from facedancer.evaluation.photographs.settings import PhotographSettings
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

PHOTOGRAPHS = Path(__file__).parents[3] / "assets" / "photos"


@pytest.fixture
def colours(monkeypatch):
    """Judges by the middle's colours in place of networks."""

    def load(role, spec):
        return FaceEncoder(
            spec,
            {"sha256": spec},
            lambda images: images[:, 100:180:8, 80:176:8].reshape(len(images), -1)[:, :90] - 128.0,
        )

    monkeypatch.setattr(judges, "load_measure", load)
    monkeypatch.setattr(job, "load_measure", load)


def settings(tmp_path, **changes):
    given = {"targets": str(PHOTOGRAPHS), "output": str(tmp_path / "out")} | changes
    return PhotographSettings(**given)


def test_every_ordered_pair_next_to_swaps_that_do_nothing(colours, tmp_path):
    content = judge_photographs(settings(tmp_path, swapper="source", name="pasted"))
    rows = content["rows"]
    assert list(rows) == ["swap", "target", "source", "blur"]
    assert rows["swap"]["name"] == "pasted"
    for row, nearer in (("swap", 100), ("source", 100), ("target", 0)):
        by_judge = rows[row]["judges"]
        assert list(by_judge) == ["faceres", "dlib", "all judges"]
        assert by_judge["dlib"]["nearer"]["value"] == by_judge["all judges"]["nearer"]["value"]
        assert by_judge["faceres"]["nearer"]["value"] == nearer
        assert by_judge["faceres"]["id_top1"]["value"] == nearer
        assert by_judge["dlib"]["id_cosine"]["count"] == 2
    assert rows["target"]["metrics"]["psnr_outside"]["value"] == 100
    assert rows["source"]["metrics"]["psnr_outside"]["value"] < 30

    out = tmp_path / "out"
    assert json.loads((out / "results.json").read_text())["rows"] == rows
    assert "2 faces of 2 people, 2 ordered pairs" in (out / "table.md").read_text()
    page = read_image(out / "swap.png")
    assert page.shape[1] == 3 * (128 + 6) + 6
    with np.load(out / "swap.npz") as scores:
        assert sorted(zip(scores["target"], scores["source"], strict=True)) == [(0, 1), (1, 0)]


def test_a_generator_is_shown_without_detail_stronger_and_next_to_others(
    colours, monkeypatch, tmp_path
):
    def load(spec, encoder, name="", any_encoder=False, pixel_boost="1", strength=1.0):
        side = {"ours": 64, "other": 32}.get(spec)
        origin = {"kind": "generator", "strength": strength}
        return PairSwapper(name or spec, origin, lambda targets, *_: targets + 20, side)

    monkeypatch.setattr(job, "load_swapper", load)
    monkeypatch.setattr(job, "recorded_encoder", lambda *arguments: "encoder")
    ours = settings(tmp_path, swapper="ours", others=("other",), strength=1.2, colour_match="even")
    content = judge_photographs(ours)
    rows = content["rows"]
    ours = ["swap", "swap_without_detail", "swap_keeping_skin", "swap_plain", "swap_of_strength"]
    assert list(rows) == [*ours, "other_1", "target", "source", "blur"]
    assert rows["swap"]["name"] == "ours"
    assert rows["swap_plain"]["name"] == "ours, strength 1, colours lab"
    assert rows["swap_of_strength"]["name"] == "ours, strength 1.2, colours lab"
    assert rows["swap_without_detail"]["name"] == "ours, no detail"
    assert rows["swap_keeping_skin"]["name"] == "ours, target's skin"
    assert list(content["protocol"]["others"]) == ["other_1"]
    table = (tmp_path / "out" / "table.md").read_text()
    assert "* ours: strength 1.2, colours even, the photograph's skin off, where" in table
    cosines = [rows[n]["judges"]["dlib"]["id_cosine_target"]["value"] for n in list(rows)[:3]]
    # The same swap, of 64 px with and without detail.
    assert cosines[0] > cosines[1]
    # More of the target is kept.
    assert cosines[2] > cosines[0]
    for name in rows:
        assert (tmp_path / "out" / f"{name}.png").is_file()


def test_with_the_photographs_skin_what_it_adds_is_shown(colours, monkeypatch, tmp_path):
    def load(spec, encoder, name="", any_encoder=False, pixel_boost="1", strength=1.0):
        origin = {"kind": "generator", "strength": strength}
        side = 64 if spec == "ours" else None
        return PairSwapper(name or spec, origin, lambda targets, *_: targets + 20, side)

    laid = []

    def put(faces, number, changed, blending=None, texture=None):
        laid.append(texture)
        return faces.pictures[number]

    monkeypatch.setattr(job, "load_swapper", load)
    monkeypatch.setattr(job, "recorded_encoder", lambda *arguments: "encoder")
    monkeypatch.setattr(judging, "find_textures", lambda faces: list(range(faces.count)))
    monkeypatch.setattr(judging, "put_into_picture", put)
    content = judge_photographs(settings(tmp_path, swapper="ours", texture="on"))
    rows = {name: row["name"] for name, row in content["rows"].items()}
    assert list(rows)[:5] == [
        "swap",
        "swap_keeping_skin",
        "swap_without_texture",
        "texture_alone",
        "swap_plain",
    ]
    assert rows["swap"] == "ours" and rows["texture_alone"] == "photograph's skin alone"
    assert rows["swap_plain"] == "ours, strength 1, colours lab, no photograph's skin"
    # Two pairs in each row: the sources', in the order of the targets.
    assert laid[:8] == [1, 0, 1, 0, None, None, 1, 0] and set(laid[8:]) == {None}
    assert "the photograph's skin on" in (tmp_path / "out" / "table.md").read_text()
    judge = content["rows"]["swap"]["judges"]["dlib"]
    # Nobody has a second photograph here.
    assert judge["nearer_other"]["count"] == 0


def test_nobody_is_judged_by_the_own_encoder(colours, monkeypatch, tmp_path):
    swapper = job.load_swapper("target", "")
    swapper.origin["identity_encoder_sha256"] = "dlib"
    with pytest.raises(UserError, match="was trained with dlib, which favours it"):
        judges.load_judges(["faceres", "dlib"], swapper)


def test_what_cannot_be_judged(colours, monkeypatch, tmp_path):
    def find(people):
        faces = SimpleNamespace(count=len(people), identity=np.array(people))
        monkeypatch.setattr(job, "faces_of_pictures", lambda *arguments: faces)

    with pytest.raises(UserError, match="--swapper=target has no strength"):
        judge_photographs(settings(tmp_path, swapper="target", strength=1.2))
    with pytest.raises(UserError, match="--judges is empty"):
        judge_photographs(settings(tmp_path, swapper="target", judges=()))
    find([3, 3])
    with pytest.raises(UserError, match="shows only one person"):
        judge_photographs(settings(tmp_path, swapper="target"))
    find(range(41))
    with pytest.raises(UserError, match="has 41 faces, and all pairs"):
        judge_photographs(settings(tmp_path, swapper="target"))


def test_the_judged_part_holds_the_face_that_was_pasted():
    rng = np.random.default_rng(0)
    # Little grain: it goes on over what is pasted.
    pictures = rng.integers(100, 116, (1, 400, 400, 3), np.uint8)
    crop = np.full((64, 64, 3), 40, np.uint8)
    crop[:, 32:] = 240
    faces = SeenFaces(("a",), np.array([0]), pictures, judged_part(pictures), crop[None])
    changed = crop[:, ::-1]  # The same colours, elsewhere.
    part = judged_part(put_into_picture(faces, 0, changed)[None])[0]
    assert (part[140:160, 100:116] > 200).all() and (part[140:160, 140:156] < 80).all()
    assert np.array_equal(part[:40], faces.judged[0, :40])
