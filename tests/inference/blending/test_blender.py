"""Faces put back: nothing else is touched, colours agree, masks end before the crop does."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from facedancer.inference.blending.blender import Blender, Blending, blend
from facedancer.inference.blending.colour import COLOURS, ColourMatch, match_colours
from facedancer.inference.blending.detail import DETAILS
from facedancer.inference.blending.masks import (
    MASKS,
    Mask,
    attention_mask,
    hull_mask,
    soft_box,
)
from facedancer.inference.blending.paste import MODES, Mode
from facedancer.inference.blending.regions import REGIONS
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import align_face, template
from facedancer.utils.errors import UserError

SIDE = 128


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return np.kron(rng.integers(60, 200, (30, 40, 3)), np.ones((8, 8, 1))).astype(np.uint8)


def swapped(picture, x=160, y=120, size=0.8, change=30, attention=None):
    """A face whose crop became brighter by ``change``."""
    landmarks = (template(SIDE) - SIDE / 2) * size + [x, y]
    crop, matrix = align_face(picture, landmarks, SIDE)
    changed = np.clip(crop.astype(int) + change, 0, 255).astype(np.uint8)
    box = np.array([x - 50, y - 50, x + 50, y + 50], np.float32) * np.float32(size)
    face = Face(box, landmarks.astype(np.float32), 0.9)
    if attention is None:
        attention = np.linspace(0, 1, SIDE)[None].repeat(SIDE, 0).astype(np.float32)
    return SwappedFace(face, matrix, crop, changed, attention)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("mode", MODES)
def test_only_the_face_is_touched(picture, mask, mode):
    before = picture.copy()
    one = swapped(picture)
    result = blend(picture, [one], Blending(mask=mask, colour="off", mode=mode))
    np.testing.assert_array_equal(picture, before)
    is_changed = np.any(result != picture, axis=2)
    rows, columns = np.where(is_changed)
    assert rows.min() >= 110 - 51 and rows.max() <= 120 + 51
    assert columns.min() >= 160 - 52 and columns.max() <= 160 + 52
    middle = result[115:125, 165:170].astype(int) - picture[115:125, 165:170]
    assert middle.mean() > (15 if mask == "attention" else 25)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_unchanged_stays_so_but_for_the_warp(mode):
    rows, columns = np.mgrid[:240, :320]
    smooth = np.stack([rows / 2 + 40, columns / 3 + 50, rows / 4 + columns / 5], -1)
    picture = smooth.round().astype(np.uint8)
    one = swapped(picture, change=0)
    assert np.abs(blend(picture, [one], Blending(mode=mode)).astype(int) - picture).max() <= 2


@pytest.mark.parametrize("mode", MODES)
def test_no_edge_shows_where_light_differs(mode):
    flat = np.full((240, 320, 3), 100, np.uint8)
    one = swapped(flat, change=60, size=2.0)
    row = blend(flat, [one], Blending(colour="off", mode=mode))[125, :, 0].astype(int)
    assert row.max() == 160 and row[0] == row[-1] == 100
    # Wide octaves that were cut off at the mask's end would leave a step of a dozen levels.
    assert np.abs(np.diff(row)).max() <= 5
    assert row[row > 100][[0, -1]].max() <= 102


def test_the_nearer_face_lies_on_top(picture):
    near, far = swapped(picture, size=0.9, change=40), swapped(picture, x=200, size=0.5, change=-40)
    blending = Blending()
    np.testing.assert_array_equal(
        blend(picture, [near, far], blending), blend(picture, [far, near], blending)
    )
    on_top = blend(blend(picture, [far], blending), [near], blending)
    np.testing.assert_array_equal(blend(picture, [near, far], blending), on_top)


def test_colours():
    rng = np.random.default_rng(0)
    crop = rng.normal([150, 110, 90], 12, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    changed = rng.normal([80, 90, 120], 25, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    mask = np.ones((64, 64), np.float32)
    np.testing.assert_array_equal(match_colours(changed, crop, mask, "off"), changed)
    for how in ("lab", "histogram"):
        matched = match_colours(changed, crop, mask, how)
        np.testing.assert_allclose(matched.mean((0, 1)), crop.mean((0, 1)), atol=3)
        np.testing.assert_allclose(matched.std((0, 1)), crop.std((0, 1)), atol=4)
    # Nothing to compare with: nothing to do.
    np.testing.assert_array_equal(match_colours(changed, crop, 0 * mask, "lab"), changed)


@pytest.mark.parametrize("side", [64, 256])
def test_masks_end_before_the_crop(side):
    attention = np.random.default_rng(0).random((side, side), np.float32)
    for mask in (soft_box(side), attention_mask(attention), hull_mask(template(side), side)):
        assert mask.shape == (side, side) and mask.dtype == np.float32
        assert mask.min() >= 0 and mask.max() <= 1 and mask.max() > 0.9
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not border.any()


def test_the_recipe_a_mask(picture, monkeypatch):
    """CONTRIBUTING: a function, and a row in `MASKS`; then all that lists masks has it."""

    def upper_half(face):
        mask = np.array(soft_box(face.crop.shape[0]))
        mask[mask.shape[0] // 2 :] = 0
        return mask

    monkeypatch.setitem(MASKS, "upper", Mask("the upper half", upper_half, needs_attention=True))
    result = blend(picture, [swapped(picture)], Blending(mask="upper"))
    rows = np.flatnonzero(np.any(result != picture, axis=(1, 2)))
    assert rows.min() < 110 and 115 < rows.max() <= 122
    assert Blending(mask="upper").needs_attention and not Blending().needs_attention
    with pytest.raises(
        UserError, match="no such mask: circle; use one of outline, box, attention, hull, upper, or"
    ):
        Blending(mask="circle")
    # Whatever stands first is the default, and nothing but the rows says how many there are.
    in_the_middle = {"upper": MASKS["upper"], **MASKS}
    monkeypatch.setattr("facedancer.inference.blending.masks.MASKS", in_the_middle)
    assert blend(picture, [swapped(picture)], Blending()).shape == picture.shape


def test_the_recipe_a_colour_and_a_blend(picture, monkeypatch):
    brightest = ColourMatch("white", lambda values, new, old: 0 * values + old.max())
    monkeypatch.setitem(COLOURS, "brightest", brightest)
    hard = Mode("no mix", lambda old, new, weight: np.where(weight[..., None], new, 0))
    monkeypatch.setitem(MODES, "hard", hard)
    flat = np.full_like(picture, 100)
    one = swapped(flat, change=60)
    matched = blend(flat, [one], Blending(colour="brightest", mode="hard"))
    np.testing.assert_allclose(matched[115:125, 155:165], 100, atol=1)
    assert blend(flat, [one], Blending(colour="off", mode="hard"))[120, 160, 0] == 160
    with pytest.raises(UserError, match="'red': use one of lab, off, histogram, even, brightest$"):
        Blending(colour="red")
    with pytest.raises(UserError, match="'glue': use one of linear, multiband, hard$"):
        Blending(mode="glue")


def test_the_docs_name_every_choice():
    page = (Path(__file__).parents[3] / "docs" / "faces.md").read_text()
    for names in (MASKS, COLOURS, MODES, DETAILS):
        assert [name for name in names if f"| `{name}` |" not in page] == []
    assert [name for name in REGIONS if f"`{name}`" not in page] == []


def write_network(path, nodes, output, channels=3, side="side"):
    """An ONNX network of one picture."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, side, side])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)
    return str(path)


def test_a_segmentation_network(picture, tmp_path):
    # The mean over the channels as the face's logit, made steep: dark is no face.
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Constant", [], ["steep"], value_float=50.0),
        helper.make_node("Mul", ["mean", "steep"], ["y"]),
    ]
    path = write_network(tmp_path / "face.onnx", nodes, "y", side=64)
    flat = np.full((240, 320, 3), 200, np.uint8)
    flat[:, :160] = 20
    result = blend(flat, [swapped(flat, change=30)], Blending(mask=path, colour="off"))
    assert np.abs(result[100:140, 130:150].astype(int) - 20).max() <= 3
    assert result[115:125, 170:180].mean() > 220


def test_an_enhancer(picture, tmp_path):
    nodes = [
        helper.make_node("Constant", [], ["scales"], value_floats=[1.0, 1.0, 2.0, 2.0]),
        helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="linear"),
    ]
    path = write_network(tmp_path / "twice.onnx", nodes, "y", side=SIDE)
    one = swapped(picture, size=1.0)
    plain = blend(picture, [one], Blending())
    enhanced = blend(picture, [one], Blending(super_resolution=path))
    assert np.abs(plain.astype(int) - enhanced).mean() < 1
    assert not np.array_equal(plain, enhanced)


def test_bad_choices(picture, tmp_path):
    for words, match in [
        ({"mask": "circle"}, f"no such mask: circle; use one of {', '.join(MASKS)}, or an ONNX"),
        ({"colour": "red"}, f"'red': use one of {', '.join(COLOURS)}$"),
        ({"mode": "glue"}, f"'glue': use one of {', '.join(MODES)}$"),
        ({"detail": "much"}, f"'much': use one of {', '.join(DETAILS)}$"),
        ({"super_resolution": "none.onnx"}, "no such ONNX file: none.onnx"),
        ({"keep": ("lips", "ear")}, "keep=ear: use some of mouth, lips, eyes, brows, nose, skin$"),
        ({"padding": (1, 2)}, "mask_padding must be four numbers .* not 1,2"),
        ({"padding": (0, 0, -1, 0)}, "mask_padding must be four numbers"),
        ({"padding": (0, 0, float("nan"), 0)}, "mask_padding must be four numbers"),
    ]:
        with pytest.raises(UserError, match=match):
            Blending(**words)
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not an ONNX network"):
        Blender(Blending(mask=str(tmp_path / "bad.onnx")))
    identity = [helper.make_node("Identity", ["x"], ["y"])]
    path = write_network(tmp_path / "five.onnx", identity, "y", channels=5)
    with pytest.raises(UserError, match="expected one picture"):
        Blender(Blending(mask=path))
    one = swapped(picture)
    blind = SwappedFace(one.face, one.matrix, one.crop, one.changed)
    with pytest.raises(UserError, match="no AFFA"):
        blend(picture, [blind], Blending(mask="attention"))
