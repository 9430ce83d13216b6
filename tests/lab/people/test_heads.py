import numpy as np
import pytest

from facedancer.lab.drawing.rasteriser import NOTHING, rasterise
from facedancer.lab.people.expressions import NAMED, expression, mood_pool
from facedancer.lab.people.heads import heads, skull
from facedancer.lab.people.person import person

SIDE = 160
PEOPLE = range(8)
UPPER_LIDS, LOWER_LIDS = [37, 38, 43, 44], [40, 41, 46, 47]


def visible(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The region that each sample of a frontal view shows, lashes left out, and the projection."""
    head = heads()
    scale = SIDE / 1.7
    points = (vertices[:, :2] * [1, -1] + [0.85, 7.8]) * scale
    faces = head.face_regions != head.regions.index("lashes")
    nearness = (1 / (10 - vertices[:, 2])).astype(np.float32)
    seen = rasterise(points.astype(np.float32), nearness, head.faces[faces], (SIDE, SIDE))
    regions = np.where(seen.face == NOTHING, 255, head.face_regions[faces][seen.face])
    return regions, points


def count(regions: np.ndarray, *names: str) -> int:
    return int(np.isin(regions, [heads().regions.index(name) for name in names]).sum())


@pytest.fixture(scope="module")
def neutrals() -> list[np.ndarray]:
    return [heads().neutral(person(5, number).shape) for number in PEOPLE]


def test_neutral_heads_keep_the_skulls_place_and_size(neutrals):
    bones = skull(heads().template)
    for head in (*neutrals, heads().template):
        middle = head[bones].mean(axis=0)
        size = np.linalg.norm(head[bones] - middle)
        np.testing.assert_allclose(middle, heads().template[bones].mean(axis=0), atol=1e-3)
        assert size == pytest.approx(np.linalg.norm(heads().template[bones] - middle), rel=1e-3)


def test_eyes_open_and_close_whoever_s_they_are(neutrals):
    for neutral in neutrals:
        assert count(visible(neutral)[0], "eyeball_left", "eyeball_right") > 150
        for blink in (expression({"eyeBlink": 1}), expression({"eyeBlink": 1, "jawOpen": 1})):
            shut, _ = visible(heads().pose(neutral, blink))
            assert count(shut, "eyeball_left", "eyeball_right") == 0


def test_large_and_small_eyes_close_at_one_pace(neutrals):
    almost = expression({"eyeBlink": 0.75})
    for neutral in neutrals:
        opened, closing = (
            count(visible(head)[0], "eyeball_left", "eyeball_right")
            for head in (neutral, heads().pose(neutral, almost))
        )
        assert closing < 0.1 * opened


def test_lids_rest_on_the_eyeball(neutrals):
    lids = heads().landmark_vertices[36:48].reshape(2, 6)[::-1]  # the left eye's, then the right's
    for neutral in neutrals:
        for mood in mood_pool()[::25]:
            vertices = heads().pose(neutral, mood)
            for lid, (centre, radius) in zip(lids, heads().eyeballs(neutral), strict=True):
                assert np.linalg.norm(vertices[lid] - centre, axis=1).min() > 1.04 * radius


def test_winks_close_one_eye(neutrals):
    left, _ = visible(heads().pose(neutrals[0], expression({"eyeBlinkLeft": 1})))
    assert count(left, "eyeball_left") == 0
    assert count(left, "eyeball_right") > 50


def test_nothing_of_the_mouth_shows_through_the_face(neutrals):
    inner = [heads().regions.index(name) for name in ("mouth_inside", "teeth", "tongue")]
    lips = heads().landmark_vertices[48:60]
    moods = [list(NAMED).index(name) for name in ("neutral", "happiness", "rage", "whistle")]
    for neutral in neutrals:
        for mood in mood_pool()[moods]:
            regions, points = visible(heads().pose(neutral, mood))
            rows, columns = np.nonzero(np.isin(regions, inner))
            (left, top), (right, bottom) = points[lips].min(axis=0), points[lips].max(axis=0)
            assert np.all((columns > left - 3) & (columns < right + 3))
            assert np.all((rows > top - 3) & (rows < bottom + 3))


def test_open_mouths_show_teeth(neutrals):
    bared = mood_pool()[list(NAMED).index("bared teeth")]
    for neutral in neutrals:
        assert count(visible(heads().pose(neutral, bared))[0], "teeth") > 20


@pytest.mark.parametrize("gaze", [(0, 0), (20, 0), (-15, 10), (0, -12)])
def test_eyeballs_turn_by_the_gaze(neutrals, gaze):
    head = heads()
    vertices = head.pose(neutrals[0], np.zeros(52), gaze)
    poles = np.flatnonzero(head.eye_directions[:, 2] == 1)
    for pole, (centre, radius) in zip(poles, head.eyeballs(neutrals[0]), strict=True):
        x, y, z = (vertices[pole] - centre) / radius
        # From the person's left, which is +x, and upwards.
        assert np.degrees(np.arctan2(x, z)) == pytest.approx(gaze[0], abs=0.05)
        assert np.degrees(np.arcsin(y)) == pytest.approx(gaze[1], abs=0.05)


def test_units_move_faces_as_far_as_they_say(neutrals):
    corner = heads().landmark_vertices[54]
    moves = [
        heads().pose(neutrals[0], expression({"mouthSmile": strength}))[corner]
        - heads().pose(neutrals[0], np.zeros(52))[corner]
        for strength in (0.5, 1.0)
    ]
    np.testing.assert_allclose(2 * moves[0], moves[1], atol=1e-5)
    assert moves[1][0] > 0.02 and moves[1][1] > 0.02  # outwards and up


def test_landmarks_are_where_annotators_put_them():
    head = heads()
    right_eye, left_eye, nose, right_corner, left_corner = head.landmarks(head.template)
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_corner[0] < nose[0] < left_corner[0]
    assert right_eye[1] > nose[1] > right_corner[1]
    np.testing.assert_allclose(left_eye * [-1, 1, 1], right_eye, atol=2e-3)
    np.testing.assert_allclose(left_corner * [-1, 1, 1], right_corner, atol=2e-3)
    for eye, (centre, radius) in zip(
        (left_eye, right_eye), head.eyeballs(head.template), strict=True
    ):
        assert np.linalg.norm(eye[:2] - centre[:2]) < 0.2 * radius
    # The tip stands out farthest of all that is on the nose.
    assert nose[2] == head.template[head.landmark_vertices[27:36], 2].max()


def test_dense_landmarks_go_around_the_face():
    dense = heads().template[heads().landmark_vertices]
    assert len(set(heads().landmark_vertices[:60].tolist())) == 60
    assert np.all(np.diff(dense[:17, 0]) > 0)  # the jaw, from the person's right to the left
    assert np.all(np.diff(dense[17:27, 0]) > 0)  # the brows
    assert np.all(dense[UPPER_LIDS, 1] > dense[LOWER_LIDS, 1].max())
    mirrored = dense[:17][::-1] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored, dense[:17], atol=2e-3)
