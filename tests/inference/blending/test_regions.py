"""Parts of the old face that stay: by the mesh, by the landmarks without it, and by padding."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.inference.blending import regions
from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.blending.masks import MASKS, pad_mask, soft_box
from facedancer.inference.blending.regions import OUTLINE, PROFILE, REGIONS, kept_mask
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
# Of Eileen Collins, who smiles with her teeth showing; by the detector that ships.
COLLINS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
)
SIDE = 128


@pytest.fixture(scope="module")
def face():
    picture = read_image(PHOTOS / "eileen_collins" / "astronaut.png")
    crop, matrix = align_face(picture, COLLINS, SIDE)
    box = np.array([180, 60, 270, 180], np.float32)
    return SwappedFace(Face(box, COLLINS, 0.99), matrix, crop, 255 - crop)


def landmarks_of(face):
    return face.face.landmarks @ face.matrix[:, :2].T + face.matrix[:, 2]


@pytest.mark.parametrize("has_mesh", [True, False])
def test_a_region_lies_where_it_is(face, monkeypatch, has_mesh):
    if not has_mesh:
        monkeypatch.setattr(type(face_mesh()), "find", lambda self, crop: None)
    eyes, mouth = landmarks_of(face)[:2].mean(0), landmarks_of(face)[3:].mean(0)
    masks = {name: kept_mask(face, [name]) for name in REGIONS}
    for name, (x, y) in {
        "mouth": mouth + [0, 0.12 * (mouth - eyes)[1]],
        "lips": mouth + [0, 0.12 * (mouth - eyes)[1]],
        "eyes": landmarks_of(face)[0],
        "nose": landmarks_of(face)[2],
        "brows": landmarks_of(face)[0] - [0, 0.3 * (mouth - eyes)[1]],
    }.items():
        mask = masks[name]
        assert mask.dtype == np.float32 and mask.min() >= 0 and mask.max() <= 1
        assert mask[round(y), round(x)] > 0.5, name
        assert 0.001 < (mask > 0.5).mean() < 0.12, name
    # The skin is what lies around them, all of the cheek and nothing of the nose.
    skin = masks["skin"]
    cheek = landmarks_of(face)[[0, 3]].mean(0) - [0.25 * SIDE / 4, 0]
    assert skin[round(cheek[1]), round(cheek[0])] > 0.8
    middles = {"eyes": landmarks_of(face)[0], "lips": mouth, "nose": landmarks_of(face)[2]}
    for name, (x, y) in middles.items():
        assert skin[round(y), round(x)] < 0.1, name
    # The inside of the mouth is a part of the mouth; nothing of it lies about the eyes.
    assert (masks["mouth"] <= masks["lips"] + 0.05).all()
    assert masks["mouth"].sum() < 0.8 * masks["lips"].sum()
    assert not masks["lips"][: round(eyes[1])].any()


def test_a_closed_mouth_keeps_nothing(face, monkeypatch):
    mesh = face_mesh().find(face.crop)
    inner = list(REGIONS["mouth"].loops[0])
    mesh[inner, 1] = mesh[inner, 1].mean()
    monkeypatch.setattr(type(face_mesh()), "find", lambda self, crop: mesh)
    assert not kept_mask(face, ["mouth"]).any()
    assert kept_mask(face, ["lips"]).any()


def test_the_mesh_does_not_depend_on_the_side(face):
    found = face_mesh().find(face.crop)
    half = face_mesh().find(cv2.resize(face.crop, (SIDE // 2,) * 2, interpolation=cv2.INTER_AREA))
    assert np.abs(found - (2 * half + 0.5)).mean() < 2


def test_flat_pixels_have_no_mesh():
    assert face_mesh().find(np.full((64, 64, 3), 128, np.uint8)) is None


def test_what_is_kept_is_the_old_face(face):
    picture = read_image(PHOTOS / "eileen_collins" / "astronaut.png")
    plain = blend(picture, [face], Blending("outline", "off"))
    kept = blend(picture, [face], Blending("outline", "off", keep=("lips",)))
    x, y = (COLLINS[3:].mean(0) + [0, 6]).round().astype(int)
    nose = tuple(COLLINS[2].round().astype(int)[::-1])
    assert np.abs(kept[y, x].astype(int) - picture[y, x]).max() <= 8
    assert np.abs(plain[y, x].astype(int) - picture[y, x]).max() > 30
    np.testing.assert_array_equal(kept[nose], plain[nose])


def test_padding_takes_off_its_side_alone():
    mask = soft_box(SIDE)
    rows = np.flatnonzero((mask > 0.5).any(1))
    np.testing.assert_array_equal(pad_mask(mask, (0, 0, 0, 0)), mask)
    for number, view in enumerate(
        (lambda m: m, lambda m: m.T[::-1], lambda m: m[::-1], lambda m: m.T)
    ):
        padding = [0, 0, 0, 0]
        padding[number] = 25
        padded, whole = view(pad_mask(mask, padding)), view(mask)
        inside = np.flatnonzero((whole > 0.5).any(1))
        edge = inside[0] + round(0.25 * len(inside))
        assert (padded <= whole + 1e-6).all()
        assert padded[: edge - 9].max() < 0.02
        np.testing.assert_allclose(padded[edge + 9 :], whole[edge + 9 :], atol=0.01)
    assert not (pad_mask(mask, (100, 0, 0, 0)) > 0.51).any()
    assert len(rows) > 40


def test_the_outline_is_the_box_where_there_is_no_mesh(face, monkeypatch):
    by_mesh = MASKS["outline"].draw(face)
    monkeypatch.setattr(regions, "face_mesh", lambda: type("None", (), {"find": lambda *_: None})())
    without = MASKS["outline"].draw(face)
    np.testing.assert_array_equal(without, soft_box(SIDE))
    assert np.abs(by_mesh - without).mean() > 0.01


@pytest.mark.parametrize("side", [8, 16, 31, 64, 512])
def test_the_outline_of_crops_of_any_side(side):
    picture = read_image(PHOTOS / "eileen_collins" / "astronaut.png")
    crop, matrix = align_face(picture, COLLINS, side)
    one = SwappedFace(
        Face(np.array([180, 60, 270, 180], np.float32), COLLINS, 0.99), matrix, crop, crop
    )
    mask = MASKS["outline"].draw(one)
    assert mask.shape == (side, side) and mask.dtype == np.float32
    assert mask.min() >= 0 and 0.9 < mask.max() <= 1
    assert not np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).any()


def test_the_outline_holds_a_nose_that_is_seen_from_the_side(face, monkeypatch):
    mesh = face_mesh().find(face.crop)
    outline = mesh[list(OUTLINE)]
    # Turned to the right until the profile lies beyond the far cheek.
    middle, far = mesh[10, 0], outline[:, 0].max()
    mesh[:, 0] = middle + (mesh[:, 0] - middle) * 0.3
    tip = mesh[list(PROFILE[4:15])]
    mesh[list(PROFILE[4:15]), 0] = far - 8
    monkeypatch.setattr(type(face_mesh()), "find", lambda self, crop: mesh)
    mask = MASKS["outline"].draw(face)
    x, y = far - 14, tip[:, 1].mean()
    assert x > mesh[list(OUTLINE), 0].max() + 10
    assert mask[round(y), round(x)] > 0.5
