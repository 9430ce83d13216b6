"""A source's own skin in a target: on the two photographs that ship."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.texture import fitting
from facedancer.inference.texture.face_mask import draw_target_mask, tell_face
from facedancer.inference.texture.face_shape import face_shape
from facedancer.inference.texture.fitting import fit_texture
from facedancer.inference.texture.lips import with_lips
from facedancer.inference.texture.openings import is_mouth_open
from facedancer.inference.texture.skin import lay_skin
from facedancer.inference.texture.source import best_texture, texture_of, texture_of_crop
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face, cut_out
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
SIDE = 128
# By the detector that ships.
COLLINS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
)
HOPPER = np.array(
    [[219.0, 187.6], [303.4, 186.8], [259.6, 247.2], [231.9, 273.1], [299.2, 272.7]], np.float32
)


@pytest.fixture(scope="module")
def collins():
    return read_image(PHOTOS / "eileen_collins" / "astronaut.png")


@pytest.fixture(scope="module")
def hopper():
    return read_image(PHOTOS / "grace_hopper" / "grace_hopper.jpg")


@pytest.fixture(scope="module")
def texture(hopper):
    return texture_of(hopper, HOPPER)


@pytest.fixture(scope="module")
def face(collins):
    """The target's face, with a generator's answer that is only grey."""
    crop, matrix = align_face(collins, COLLINS, SIDE)
    box = np.array([180, 60, 270, 180], np.float32)
    return SwappedFace(Face(box, COLLINS, 0.99), matrix, crop, np.full_like(crop, 128))


@pytest.fixture(scope="module")
def fitted(collins, face, texture):
    return fit_texture(collins, face, texture)


def meshes(crop, texture):
    """A target's points, and where those of a source come to lie."""
    mesh = face_mesh().find_solid(crop)
    points = with_lips(crop, mesh, draw_target_mask(tell_face(crop), mesh, len(crop)))
    shape = face_shape().with_shape_of(mesh, texture.mesh) - mesh
    return points, points + fitting._SHAPE * shape


def inner(side, share=0.2):
    """The middle of a crop: eyes, nose and cheeks."""
    edge = round(share * side)
    return slice(edge, -edge), slice(edge, -edge)


def test_a_photograph_gives_a_texture(hopper, texture):
    side = texture.layers.shape[0]
    assert texture.layers.shape == (side, side, 4) and texture.layers.dtype == np.uint8
    assert 128 <= side <= 512 and texture.mesh.shape == (468, 3)
    assert texture.frontality > 0.7 and texture.share == 1
    # Skin is face, the frames of her glasses and her hat are not.
    nose = texture.mesh[4, :2].round().astype(int)
    assert texture.layers[nose[1], nose[0], 3] > 200
    assert texture.layers[: side // 20, :, 3].mean() < 60
    assert texture.fingerprint() == texture_of(hopper, HOPPER).fingerprint()
    assert texture.fingerprint() != texture_of(hopper[:, ::-1], HOPPER).fingerprint()


def test_without_a_face_there_is_no_texture():
    assert texture_of_crop(np.zeros((SIDE, SIDE, 3), np.uint8)) is None
    assert best_texture([]) is None


def test_the_best_photograph_is_frontal_and_large(texture):
    small = texture_of_crop(cv2.resize(texture.layers[..., :3], (64, 64)))
    turned = dataclasses.replace(texture, mesh=texture.mesh * [1, 1, 1])
    turned.mesh[4, 0] = turned.mesh[234, 0] + 5
    assert turned.frontality < 0.2
    assert best_texture([small, texture, turned]) is texture


def test_the_face_keeps_its_place(collins, face, fitted):
    assert fitted.fitted is not None and face.fitted is None
    side = fitted.crop.shape[0]
    assert side % SIDE == 0 and fitted.changed.shape == (side, side, 3)
    # The same crop, larger: her face is shown at less than 128 px here.
    assert np.array_equal(fitted.crop, cut_out(collins, fitted.matrix, side, extends=True))
    assert fitted.face is face.face
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(fitted.changed[edge].astype(int) - fitted.crop[edge]).max() <= 2


def test_colours_are_the_targets_and_detail_the_sources(fitted, texture):
    where = inner(fitted.crop.shape[0], 0.25)
    assert (fitted.fitted[where] > 0.99).mean() > 0.9
    new, old = (x[where].astype(np.float32) for x in (fitted.changed, fitted.crop))
    assert np.abs((new - old).mean((0, 1))).max() < 8
    # A grey answer of the generator would leave nothing: what is there is the photograph's.
    assert new.std() > 20 and np.abs(new - old).mean() > 4


def test_teeth_stay_the_targets(fitted, texture):
    points, onto = meshes(fitted.crop, texture)
    there, here = (one[[13, 14], :2].mean(0).round().astype(int) for one in (onto, points))
    new, old = fitted.changed[there[1], there[0]], fitted.crop[here[1], here[0]]
    assert np.abs(new.astype(int) - old).max() < 45


def test_between_closed_lips_are_neither_ones_teeth(collins, hopper):
    smile = texture_of(collins, COLLINS)
    crop, matrix = align_face(hopper, HOPPER, SIDE)
    assert is_mouth_open(smile.points) and not is_mouth_open(meshes(crop, smile)[0])
    box = np.array([178, 107, 354, 328], np.float32)
    drawn = np.full_like(crop, (90, 20, 20))
    one = fit_texture(hopper, SwappedFace(Face(box, HOPPER, 0.99), matrix, crop, drawn), smile)
    _, onto = meshes(one.crop, smile)
    x, y = onto[[13, 14], :2].mean(0).round().astype(int)
    # The generator's mouth is one flat colour; Collins' teeth would be the brightest of her face.
    assert one.changed[y, x].mean() < np.percentile(one.changed.mean(-1)[inner(len(one.crop))], 50)


def test_a_share_of_none_leaves_the_target(collins, face, texture):
    none = fit_texture(collins, face, dataclasses.replace(texture, share=0.0))
    assert np.array_equal(none.changed, none.crop)


def test_what_hides_the_target_stays(collins, face, texture, monkeypatch):
    hidden = np.zeros((SIDE, SIDE), np.float32)
    hidden[:, : SIDE // 2] = 1

    def mask(told, mesh, side):
        return cv2.resize(hidden, (side, side))

    monkeypatch.setattr(fitting, "draw_target_mask", mask)
    monkeypatch.setattr(fitting, "_SHAPE", 0.0)
    one = fit_texture(collins, face, texture)
    half = one.crop.shape[0] // 2 + 4
    assert np.array_equal(one.changed[:, half:], one.crop[:, half:])
    assert np.abs(one.changed[:, :half].astype(int) - one.crop[:, :half]).max() > 20


def test_what_hides_the_source_is_the_generators(collins, face, texture):
    layers = texture.layers.copy()
    layers[..., 3] = 0
    red = dataclasses.replace(face, changed=np.full_like(face.crop, (200, 60, 60)))
    one = fit_texture(collins, red, dataclasses.replace(texture, layers=layers))
    cheek = one.changed[inner(one.crop.shape[0], 0.35)].astype(np.float32)
    # One colour all over but for light and the openings: no detail of the photograph.
    fine = cheek - cv2.GaussianBlur(cheek, (0, 0), 3)
    assert np.median(np.abs(fine)) < 1


def test_what_is_turned_away_comes_from_the_mirror(texture):
    side = texture.layers.shape[0]
    half = texture.layers.copy()
    half[:, side // 2 :, 3] = 0
    onto = texture.points
    known = lay_skin(dataclasses.replace(texture, layers=half), onto, side).known
    assert known[:, side // 2 :].sum() > 0.6 * known[:, : side // 2].sum() > 0
    for name in ("mesh", "points"):
        again, own = (getattr(one, name) for one in (texture.mirrored.mirrored, texture))
        assert np.allclose(again, own, atol=1e-3)
    assert np.array_equal(texture.mirrored.mirrored.layers, texture.layers)


def test_the_outline_becomes_the_sources(collins, face, texture):
    fitted = fit_texture(collins, dataclasses.replace(face, changed=face.crop), texture)
    mesh = face_shape()
    old, new = (face_mesh().find_solid(one) for one in (fitted.crop, fitted.changed))
    aim = mesh.with_shape_of(old, texture.mesh)
    outline = [234, 454, 132, 361, 58, 288, 172, 397, 136, 365]
    wanted, found = (aim - old)[outline, :2], (new - old)[outline, :2]
    assert (wanted * found).sum() > 0.4 * (wanted**2).sum()


def test_without_a_mesh_the_face_is_as_it_was(collins, face, texture, monkeypatch):
    monkeypatch.setattr(type(face_mesh()), "find_solid", lambda self, crop: None)
    assert fit_texture(collins, face, texture) is face


def test_fitted_colours_are_not_matched_again(collins, fitted):
    ways = [blend(collins, [fitted], Blending(colour=colour)) for colour in ("off", "even", "lab")]
    assert np.array_equal(ways[0], ways[1]) and np.array_equal(ways[0], ways[2])


def test_attention_grows_with_the_crop(collins, face, texture):
    large = np.kron(collins, np.ones((3, 3, 1), np.uint8))
    matrix = face.matrix.copy()
    matrix[:, :2] /= 3
    big = dataclasses.replace(face, matrix=matrix, attention=np.ones((SIDE, SIDE), np.float32))
    one = fit_texture(large, big, texture)
    assert one.crop.shape[0] > SIDE and one.attention.shape == one.crop.shape[:2]
