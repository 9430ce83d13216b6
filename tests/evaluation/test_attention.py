"""AFFA's masks of swaps and of a video, from networks to files."""

from fractions import Fraction

import av
import numpy as np
import pytest

from facedancer.evaluation.reports.attention_figure import attend, draw_attention
from facedancer.evaluation.reports.attention_video import write_attention_video
from facedancer.evaluation.swaps import followed_face
from facedancer.evaluation.swaps.followed_face import aligned_face_of_video, follow_face
from facedancer.networks.generator import get_generator
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError

SIDE = 64


@pytest.fixture(scope="module")
def generators():
    kinds = {"gated": ("affa",) * 4 + ("concat",), "plain": ("add",) * 4 + ("concat",)}
    return {name: get_generator(kind, 1, 16, SIDE, 8) for name, kind in kinds.items()}


@pytest.fixture(scope="module")
def swaps(generators):
    """More of them than go through a network at once."""
    rng = np.random.default_rng(0)
    targets, sources = rng.integers(0, 256, (2, 11, SIDE, SIDE, 3), np.uint8)
    identities = rng.normal(size=(11, 512)).astype(np.float32)
    found = [attend(g, name, targets, identities) for name, g in generators.items()]
    return targets, sources, identities, found


def test_masks_by_side(swaps):
    targets, sources, _, found = swaps
    assert [sorted(attention.masks) for attention in found] == [[4, 8, 16, 32], []]
    for side, mask in found[0].masks.items():
        assert mask.shape == (11, side, side) and 0 <= mask.min() <= mask.max() <= 1
    assert all(attention.changed.shape == targets.shape for attention in found)
    page = draw_attention(targets, sources, found)
    assert page.dtype == np.uint8 and page.shape[1] > 7 * 128


def test_batches_change_nothing(generators, swaps):
    targets, _, identities, found = swaps
    alone = attend(generators["gated"], "gated", targets[9:10], identities[9:10])
    row = found[0].rows([9])
    np.testing.assert_allclose(alone.masks[32], row.masks[32], atol=1e-5)
    assert np.abs(alone.changed.astype(int) - row.changed).max() <= 1


def test_crops_of_another_side(generators, swaps):
    targets, _, identities, _ = swaps
    with pytest.raises(UserError, match="crops of 64 px, but the targets have 32"):
        attend(generators["gated"], "gated", targets[:, :32, :32], identities)


def test_a_video_of_masks(swaps, tmp_path):
    targets, sources, _, found = swaps
    path = tmp_path / "sub" / "attention.mp4"
    write_attention_video(path, targets, sources, found, Fraction(30000, 1001))
    assert [p.name for p in path.parent.iterdir()] == ["attention.mp4"]
    with av.open(str(path)) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)
    assert len(frames) == 11
    for number in (0, 10):
        page = draw_attention(
            targets[[number]], sources[[number]], [a.rows([number]) for a in found]
        )
        height, width = frames[number].shape[:2]
        assert 0 <= page.shape[0] - height <= 1 and 0 <= page.shape[1] - width <= 1
        # Chroma is halved, and the pictures are noise: the masks and captions must be in place.
        difference = np.abs(frames[number].astype(int) - page[:height, :width])
        assert difference.mean() < 20 < difference.max()


class Detector:
    """A face of 40 px where the frame's brightness says; a larger decoy in bright frames."""

    def detect_batch(self, frames):
        return [self._faces(float(frame.mean())) for frame in frames]

    def _faces(self, value):
        places = [(value / 10, 0, 40)] if value >= 10 else []
        places += [(60, 60, 60)] if value > 60 else []
        return [
            Face(np.array([x, y, x + s, y + s], np.float32), template(s) + np.float32([x, y]), 0.9)
            for x, y, s in places
        ]


def grey(*values):
    return [np.full((120, 120, 3), value, np.uint8) for value in values]


def test_one_face_is_followed():
    values = [50, 60, 90, 0, 0, 100, 100, 100, 100, 100, 40]  # more than one batch
    faces = [face for _, face in follow_face(grey(*values), Detector())]
    assert [None if f is None else round(float(f.box[0])) for f in faces] == [
        5, 6, 9, None, None, 10, 10, 10, 10, 10, 4
    ]  # fmt: skip


def test_crops_of_a_video(monkeypatch, tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 120
        for picture in grey(50, 50, 0, 50):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    crops, rate = aligned_face_of_video(path, Detector(), 32, most_frames=10)
    assert crops.shape == (3, 32, 32, 3) and rate == 10  # none of the dark frame
    crops, _ = aligned_face_of_video(path, Detector(), 32, most_frames=2)
    assert len(crops) == 2
    monkeypatch.setattr(followed_face, "follow_face", lambda frames, _: [(f, None) for f in frames])
    with pytest.raises(UserError, match="no face in the first 4 frames"):
        aligned_face_of_video(path, Detector(), 32, most_frames=4)
