"""Alignment against geometry worked out by hand."""

import numpy as np
import pytest

from facedancer.utils.alignment import (
    ARCFACE_TEMPLATE,
    align_face,
    paste_back,
    similarity_transform,
    soft_mask,
    template,
)


def similarity(scale, degrees, shift):
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([scale * rotation, shift])


def apply(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def pattern(x, y, period=60.0):
    """A smooth colour for every point of the plane, as the value of the pixel centred there."""
    waves = [
        np.sin(x / period * 2 * np.pi),
        np.cos(y / period * 2 * np.pi),
        np.sin((x + y) / period),
    ]
    return 127.5 + 100 * np.stack(waves, axis=-1)


def picture_of(matrix, height, width, period=60.0):
    """The pattern seen through ``matrix``: pixel p shows the pattern's point ``matrix @ p``."""
    y, x = np.mgrid[:height, :width]
    points = apply(matrix, np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(height, width, 2)
    return np.rint(pattern(points[..., 0], points[..., 1], period)).astype(np.uint8)


IDENTITY = similarity(1.0, 0.0, (0.0, 0.0))


@pytest.mark.parametrize("side", [112, 256])
@pytest.mark.parametrize("shrink_factor", [1.0, 0.75])
def test_template(side, shrink_factor):
    points = template(side, shrink_factor)
    assert (points.shape, points.dtype) == ((5, 2), np.float32)
    centred = (ARCFACE_TEMPLATE / 112 - 0.5) * shrink_factor + 0.5
    np.testing.assert_allclose(points, centred * side, atol=1e-4)


def test_central_crop_of_a_shrunk_template_is_the_plain_one():
    # 0.75 of 256 is 192: 32 pixels go on each side.
    np.testing.assert_allclose(template(256, 0.75) - 32, template(192), atol=1e-4)


@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("degrees", [0, 30, 90, -135, 180])
def test_known_similarity_is_recovered(scale, degrees):
    matrix = similarity(scale, degrees, (30.0, -12.0))
    points = ARCFACE_TEMPLATE.astype(np.float64)
    np.testing.assert_allclose(
        similarity_transform(points, apply(matrix, points)), matrix, atol=1e-6
    )


def test_least_squares_beats_every_neighbour():
    rng = np.random.default_rng(0)
    source, destination = rng.normal(size=(2, 5, 2)) * 20

    def error(a, b, x, y):
        matrix = np.array([[a, -b, x], [b, a, y]])
        return np.sum((apply(matrix, source) - destination) ** 2)

    found = similarity_transform(source, destination)
    a, b, x, y = found[0, 0], found[1, 0], found[0, 2], found[1, 2]
    np.testing.assert_allclose(found, [[a, -b, x], [b, a, y]])
    steps = np.eye(4) * 1e-3
    assert all(error(a, b, x, y) < error(*((a, b, x, y) + s)) for s in [*steps, *-steps])


def test_reflections_are_excluded():
    mirrored = ARCFACE_TEMPLATE * (-1, 1)
    matrix = similarity_transform(ARCFACE_TEMPLATE, mirrored)
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        (np.ones((5, 2)), "must not coincide"),
        (np.full((5, 2), np.nan), "must be finite"),
        (np.ones((5, 3)), "two .N, 2. arrays"),
        (np.ones((4, 2)), "two .N, 2. arrays"),
    ],
)
def test_impossible_landmarks(landmarks, message):
    with pytest.raises(ValueError, match=message):
        similarity_transform(landmarks, ARCFACE_TEMPLATE)


@pytest.mark.parametrize("degrees", [0, 25, 180])
@pytest.mark.parametrize("scale", [1.7, 0.9, 0.45, 0.31, 0.12])
def test_align_face_shows_every_point_where_it_belongs(degrees, scale):
    """A picture in which the crop's content is known; faces larger than the crop are reduced."""
    side = 96
    centre = np.array([side / 2, side / 2])
    matrix = similarity(scale, degrees, (0.0, 0.0))
    size = int(side / scale * 1.6)
    matrix[:, 2] = centre - matrix[:, :2] @ (size / 2 + 3.3, size / 2 - 2.7)
    image = picture_of(matrix, size, size)
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    crop, found = align_face(image, apply(inverse, template(side)), side)
    assert (crop.shape, crop.dtype) == ((side, side, 3), np.uint8)
    np.testing.assert_allclose(found, matrix, atol=1e-4)
    expected = picture_of(IDENTITY, side, side).astype(float)
    # Linear interpolation and averaging flatten a wave a little; a shift of half a pixel of this
    # pattern would differ by 5, and by more than 2 on average.
    difference = np.abs(crop - expected)
    assert difference.max() < 3
    assert difference.mean() < 0.8


def test_align_face_does_not_alias():
    """Single-pixel stripes of a face four times as large as the crop become even grey."""
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    crop, _ = align_face(stripes, template(512), 128)
    assert np.abs(crop[8:-8, 8:-8].astype(int) - 128).max() <= 2


def test_paste_back_does_not_alias():
    """Single-pixel stripes of a crop four times as large as the face become even grey."""
    stripes = np.zeros((250, 250, 3), np.uint8)
    stripes[:, ::2] = 255
    matrix = np.array([[4.0, 0, -200], [0, 4.0, -200]])
    mask = np.zeros((250, 250), np.float32)
    mask[25:-25, 25:-25] = 1.0
    pasted = paste_back(np.full((150, 150, 3), 7, np.uint8), stripes, matrix, mask)
    assert np.abs(pasted[60:90, 60:90].astype(int) - 128).max() <= 2
    assert (pasted[:50] == 7).all()


def test_shrink_factor_keeps_background_around_the_plain_crop():
    image = picture_of(IDENTITY, 400, 400)
    landmarks = template(200) + 100
    plain, _ = align_face(image, landmarks, 192)
    wide, _ = align_face(image, landmarks, 256, shrink_factor=0.75)
    assert np.abs(wide[32:224, 32:224].astype(int) - plain).max() <= 1
    assert wide[0, 0].any(), "there is more picture outside of the plain crop"


def test_beyond_the_picture_the_crop_is_black():
    image = np.full((100, 100, 3), 200, np.uint8)
    crop, _ = align_face(image, template(100) - 50, 100)
    assert not crop[:40].any()
    assert (crop[60:, 60:] == 200).all()


@pytest.mark.parametrize("side", [64, 256, 512])
def test_soft_mask(side):
    mask = soft_mask(side)
    assert (mask.shape, mask.dtype) == ((side, side), np.float32)
    assert mask.min() == 0 and mask.max() <= 1
    assert not mask[[0, -1]].any() and not mask[:, [0, -1]].any()
    # The released rectangle's middle is taken whole, its edge, between two pixels, by half.
    row, column, top, left = (round(n * side / 256) for n in (158, 128, 77, 32))
    assert mask[row, column] > 0.999
    assert mask[top - 1 : top + 1, column].mean() == pytest.approx(0.5, abs=0.01)
    assert mask[row, left - 1 : left + 1].mean() == pytest.approx(0.5, abs=0.01)


PLACES = {
    "inside": similarity(0.8, 0, (-40, -60)),
    "turned": similarity(0.9, 33, (30, -120)),
    "upside down": similarity(0.7, 180, (180, 190)),
    "over the left edge": similarity(0.8, 10, (70, -50)),
    "over the lower right corner": similarity(0.8, -15, (-170, -120)),
    "larger than the picture": similarity(0.3, 5, (30, 30)),
    "small": similarity(4.0, 20, (-300, -700)),
}


@pytest.mark.parametrize("matrix", PLACES.values(), ids=PLACES)
def test_pasting_the_crop_back_restores_the_picture(matrix):
    side = 128
    image = picture_of(similarity(1, 0, (3, 5)), 240, 320)
    untouched = image.copy()
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    crop, _ = align_face(image, apply(inverse, template(side)), side)
    result = paste_back(image, crop, matrix, soft_mask(side))
    np.testing.assert_array_equal(image, untouched, "the picture itself was changed")
    assert (result.shape, result.dtype) == (image.shape, np.uint8)
    y, x = np.mgrid[:240, :320]
    u, v = np.moveaxis(
        apply(matrix, np.stack([x, y], -1).reshape(-1, 2)).reshape(240, 320, 2), -1, 0
    )
    outside = (u < 0) | (v < 0) | (u > side - 1) | (v > side - 1)
    np.testing.assert_array_equal(result[outside], image[outside])
    if matrix is PLACES["larger than the picture"]:
        return  # A crop of less than the picture's resolution cannot restore its detail.
    # Where the crop reached over the picture's edge it is black: only well inside can be restored.
    known = ~outside & (x > 3) & (x < 316) & (y > 3) & (y < 236)
    assert known.any()
    assert np.abs(result[known].astype(int) - image[known]).max() <= 3


@pytest.mark.parametrize("name", ["inside", "turned", "over the left edge"])
def test_pasted_content_lies_exactly_where_the_matrix_says(name):
    side, matrix = 128, PLACES[name]
    crop = picture_of(IDENTITY, side, side)
    result = paste_back(np.zeros((240, 320, 3), np.uint8), crop, matrix, np.ones((side, side)))
    y, x = np.mgrid[:240, :320]
    points = apply(matrix, np.stack([x, y], -1).reshape(-1, 2)).reshape(240, 320, 2)
    inside = ((points > 2) & (points < side - 3)).all(-1)
    expected = picture_of(matrix, 240, 320).astype(float)
    difference = np.abs(result[inside] - expected[inside])
    assert inside.sum() > 1000
    assert difference.max() < 3
    assert difference.mean() < 0.8


def test_a_whole_shift_pastes_every_pixel_of_the_crop():
    crop = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    matrix = similarity(1, 0, (-20, -7))
    result = paste_back(np.zeros((60, 60, 3), np.uint8), crop, matrix, np.ones((32, 32)))
    np.testing.assert_array_equal(result[7:39, 20:52], crop)
    result[7:39, 20:52] = 0
    assert not result.any()


def test_a_zero_mask_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    crop = np.zeros((32, 32, 3), np.uint8)
    result = paste_back(image, crop, similarity(0.6, 10, (1, 1)), np.zeros((32, 32), np.float32))
    np.testing.assert_array_equal(result, image)


def test_a_face_wholly_outside_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    for shift in [(500, 0), (-500, 0), (0, 500), (0, -500)]:
        crop = np.zeros((32, 32, 3), np.uint8)
        result = paste_back(image, crop, similarity(1, 0, shift), np.ones((32, 32), np.float32))
        np.testing.assert_array_equal(result, image)
