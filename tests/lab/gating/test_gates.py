"""The whole command, on few people and by an encoder that knows nothing."""

import json

import numpy as np
import pytest

from facedancer.lab import gates
from facedancer.lab.gating import pictures
from facedancer.lab.gating.pictures import GALLERY, PARTS
from facedancer.retinaface.face import Face


class Detector:
    """Finds a face in the middle, but none in the first picture."""

    def __init__(self):
        self.seen = 0

    def detect_batch(self, images):
        side = images[0].shape[0]
        box = np.array([0.2, 0.2, 0.8, 0.8], np.float32) * side
        points = np.array([[0.4, 0.45], [0.6, 0.45], [0.5, 0.55], [0.42, 0.65], [0.58, 0.65]])
        found = [[Face(box, (points * side).astype(np.float32), 0.9)] for _ in images]
        if not self.seen:
            found[0] = []
        self.seen += len(images)
        return found


def test_few_people_by_an_untrained_encoder(tmp_path, monkeypatch, capsys):
    drawn = []

    def render(seed, number, index, side, **shown):
        drawn.append((number, index, shown))
        rng = np.random.default_rng((seed, number, index, len(drawn)))
        labels = {"landmarks": [20, 25, 44, 25, 32, 35, 24, 45, 40, 45]}
        return rng.integers(0, 255, (side, side, 3), np.uint8), labels

    monkeypatch.setattr(pictures, "render", render)
    monkeypatch.setattr("facedancer.retinaface.detector.load_detector", Detector)
    output = tmp_path / "gates.json"
    settings = gates.Settings(
        encoder=("untrained_small",), output=str(output), people=8, image_size=32, workers=1
    )
    gates.main(settings)
    content = json.loads(output.read_text())
    assert content["undetected"] == 1
    (result,) = content["encoders"]
    assert list(result["rows"]) == list(PARTS)
    assert [gate["met"] for gate in result["gates"]].count(True) <= 2
    printed = capsys.readouterr().out
    assert "**not met**" in printed and "8 people from 3000000" in printed

    gallery = [one for one in drawn if not one[2]]
    assert {index for _, index, _ in gallery} == {0, 5, 10, 15, 20}
    assert len(gallery) == 8 * (GALLERY + 1)
    shown = [one[2] for one in drawn if one[2]]
    assert {index for _, index, kept in drawn if kept} == {25}
    assert {one["source_index"] for one in shown} == {20}
    assert [one["only"] for one in shown[: len(PARTS)]] == list(PARTS.values())


def test_a_target_s_pictures_differ_by_what_the_source_gives():
    number, drawn = pictures.draw_person(0, 32, (8, 13))
    assert number == 8 and len(drawn) == GALLERY + 1 + len(PARTS)
    by_part = dict(zip(PARTS, (one.astype(int) for one, _ in drawn[GALLERY + 1 :]), strict=True))
    for name in ("shape", "looks", "face", "all"):
        assert np.abs(by_part[name] - by_part["nothing"]).mean() > 0.5


@pytest.mark.parametrize("people", [7])
def test_too_few_people_are_refused(people):
    from facedancer.utils.errors import UserError
    from facedancer.utils.flags.fields import parse_flags

    with pytest.raises(UserError, match="at least 8"):
        parse_flags(gates.Settings, ["--encoder=faceres", f"--people={people}"])
