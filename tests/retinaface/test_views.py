import numpy as np
import pytest

from facedancer.retinaface.views import enlargements, whole

RNG = np.random.default_rng(0)


def smooth_picture(height, width):
    """Each pixel holds its own place: red is x, green is y, in shares of 200."""
    y, x = np.mgrid[:height, :width]
    channels = [x * (200 / width), y * (200 / height), np.zeros((height, width))]
    return np.stack(channels, -1).round().astype(np.uint8)


def assert_leads_back(view, image):
    """Checks that a view shows at a pixel what the picture shows where `to_picture` says."""
    drawn = view.draw()
    assert drawn.shape == (*view.size, 3)
    for y, x in [(0, 0), (1, view.size[1] - 1), (view.size[0] - 1, 0), (2, view.size[1] // 2)]:
        place = view.to_picture @ (x, y, 1)
        expected = place / np.array(image.shape[1::-1]) * 200
        np.testing.assert_allclose(drawn[y, x, :2], expected, atol=1.5)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(60, 100), (30, 50), (23, 38)])
def test_a_whole_view_leads_back(turn, size):
    image = smooth_picture(60, 100)
    view = whole(image, size, turn)
    assert view.size == (size if turn in (0, 180) else size[::-1])
    assert view.area == (0, 0, view.size[1], view.size[0])
    assert_leads_back(view, image)


def test_turns_are_clockwise():
    image = RNG.integers(0, 256, (4, 6, 3), np.uint8)
    turned = whole(image, (4, 6), 90).draw()
    np.testing.assert_array_equal(turned[0, -1], image[0, 0])


@pytest.mark.parametrize(
    ("own", "start", "sizes"),
    [
        ((640, 400), (640, 400), []),
        ((700, 350), (640, 320), [(700, 350)]),
        ((1280, 640), (640, 320), [(1280, 640)]),
        ((3000, 1500), (640, 320), [(3000, 1500)]),
        ((3200, 1600), (640, 320), [(3200, 1600)]),
        ((4000, 2000), (640, 320), [(1600, 800), (4000, 2000)]),
    ],
)
def test_enlargements_end_at_the_pictures_own_size(own, start, sizes):
    image = smooth_picture(*own)
    levels = list(enlargements(image, start, 640))
    assert len(levels) == len(sizes)
    for tiles, size in zip(levels, sizes, strict=True):
        for tile in tiles:
            assert max(tile.size) <= 640
            assert_leads_back(tile, image)
        scale = np.divide(own, size)
        covered = np.zeros(size, int)
        for tile in tiles:
            left, top, right, bottom = tile.area
            corners = np.array([[left, top], [right, bottom]])
            corners = corners @ tile.to_picture[:, :2].T + tile.to_picture[:, 2]
            (left, top), (right, bottom) = np.rint((corners + 0.5) / scale[::-1] - 0.5).astype(int)
            covered[top:bottom, left:right] += 1
        # A face of less than half the overlap is seen whole, wherever it lies.
        assert covered.min() >= 1


def test_tiles_see_faces_whole_that_are_centred_in_their_area():
    image = smooth_picture(1500, 3000)
    for tile in list(enlargements(image, (320, 640), 640))[-1]:
        left, top, right, bottom = tile.area
        place = tile.to_picture[:, 2]
        assert left == (0 if place[0] == 0 else 32)
        assert top == (0 if place[1] == 0 else 32)
        assert tile.size[1] - right == (0 if place[0] + tile.size[1] == 3000 else 32)
        assert tile.size[0] - bottom == (0 if place[1] + tile.size[0] == 1500 else 32)
