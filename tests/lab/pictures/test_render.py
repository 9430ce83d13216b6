import dataclasses

import numpy as np
import pytest

from facedancer.dataset.crops.face_quality import head_yaw, sharpness
from facedancer.lab.drawing.backgrounds import draw_background
from facedancer.lab.drawing.lights import draw_light
from facedancer.lab.drawing.occluders import Occluder, draw_occluder
from facedancer.lab.people.person import person
from facedancer.lab.people.sessions import session
from facedancer.lab.pictures.render import LABELS, render
from facedancer.lab.pictures.scene import draw_scene, picture_rng
from facedancer.lab.pictures.shown import Part

FACE = np.array([[50, 55], [78, 55], [64, 70], [54, 84], [74, 84]], float)


def test_a_picture_depends_on_its_numbers_alone():
    first, labels = render(5, 3, 1, 64)
    render(5, 2, 0, 64)
    again, labels_again = render(5, 3, 1, 64)
    np.testing.assert_array_equal(first, again)
    assert labels == labels_again
    others = [render(*numbers, 64)[0] for numbers in ((5, 3, 2), (6, 3, 1))]
    assert all((other != first).mean() > 0.5 for other in others)


def test_labels_have_their_names_sizes_and_ranges():
    picture, labels = render(5, 3, 1, 64)
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    assert {name: len(values) for name, values in labels.items()} == LABELS
    assert labels["identity"] == [3.0]
    assert 0 <= min(labels["expression"]) <= max(labels["expression"]) <= 1


def test_landmarks_are_where_the_pose_puts_them():
    for index in range(6):
        _, labels = render(5, 3, index, 64)
        points, yaw = np.array(labels["landmarks"]).reshape(5, 2), labels["pose"][0]
        assert head_yaw(points) == pytest.approx(yaw, abs=16)
        assert (points > 0).all()
        assert (points < 63).all()
        assert points[2, 1] > points[:2, 1].min(), "the nose is below the eyes"


def test_side_is_only_a_matter_of_pixels():
    small, *larger = (np.array(render(5, 3, 1, side)[1]["landmarks"]) for side in (64, 128, 256))
    for times, points in zip((2, 4), larger, strict=True):
        np.testing.assert_allclose((small + 0.5) * times - 0.5, points, atol=1e-3)


def test_glasses_last_a_session_and_then_change():
    worn = [render(5, 3, index, 32)[1]["glasses"][0] for index in range(0, 60, 4)]
    sessions = [render(5, 3, index, 32)[1]["session"][0] for index in range(0, 60, 4)]
    assert sessions == [index // 5 for index in range(0, 60, 4)]
    by_session = {
        number: {w for w, s in zip(worn, sessions, strict=True) if s == number}
        for number in sessions
    }
    assert all(len(kinds) == 1 for kinds in by_session.values())
    assert len(set(worn)) > 2


def test_labels_tell_who_is_shown():
    _, labels = render(5, 7, 6, 32)
    one = person(5, 7)
    assert labels["family"] == [1.0] and labels["session"] == [1.0]
    assert labels["age"][0] == pytest.approx(one.age, abs=1e-3)
    assert labels["masculinity"][0] == pytest.approx(one.masculinity, abs=1e-3)
    assert labels["skin_tone"][0] == pytest.approx(one.traits.melanin, abs=0.1)


def test_face_of_gives_the_source_s_face_in_the_target_s_picture():
    own, labels = render(5, 3, 1, 64, clean=True)
    face, face_labels = render(5, 3, 1, 64, face_of=40, clean=True)
    head, _ = render(5, 3, 1, 64, head_of=40, clean=True)
    kept = ("pose", "expression", "mood", "gaze", "light", "occluder", "glasses", "session", "worn")
    assert all(face_labels[name] == labels[name] for name in kept)
    assert face_labels["shape"] == render(5, 40, 9, 32)[1]["shape"] != labels["shape"]
    assert face_labels["identity"] == [40.0] and face_labels["family"] == [10.0]
    np.testing.assert_array_equal(face[:20, :10], own[:20, :10])  # a corner of the background
    assert (face != own).any(axis=2).mean() > 0.1
    assert (head != face).any(axis=2).mean() > 0.05


def test_parts_of_a_source_are_taken_alone():
    def drawn(only):
        return render(5, 3, 1, 64, face_of=40, only=only, clean=True)[0].astype(int)

    own = drawn(Part.NOTHING)
    np.testing.assert_array_equal(own, render(5, 3, 1, 64, clean=True)[0])
    np.testing.assert_array_equal(drawn(Part.FACE), render(5, 3, 1, 64, face_of=40, clean=True)[0])
    np.testing.assert_array_equal(drawn(Part.HEAD), render(5, 3, 1, 64, head_of=40, clean=True)[0])
    changed = {
        part: np.abs(drawn(part) - own).mean() for part in (Part.SHAPE, Part.LOOKS, Part.HAIR)
    }
    assert min(changed.values()) > 0.5


def test_the_source_s_picture_says_which_beard():
    """Another session of the same source has the same face, but for grooming."""
    bearded = next(n for n in range(0, 99) if person(5, n).is_male)
    sessions = {session(5, person(5, bearded), n).grooming.beard: n for n in range(9)}
    assert len(sessions) > 1
    pictures = [
        render(5, 3, 1, 64, face_of=bearded, source_index=5 * n, clean=True)[0]
        for n in list(sessions.values())[:2]
    ]
    assert (pictures[0] != pictures[1]).any()


def test_what_is_before_the_face_stays_when_another_is_behind_it(monkeypatch):
    index = next(n for n in range(99) if draw_scene(picture_rng(5, 3, n)).occluder is Occluder.MUG)
    places = []

    def draws(rng, kind, side, landmarks):
        places.append(landmarks)
        return draw_occluder(rng, kind, side, landmarks)

    monkeypatch.setattr("facedancer.lab.pictures.render.draw_occluder", draws)
    (_, labels), (_, face_labels) = (render(5, 3, index, 32, face_of=f) for f in (None, 40))
    np.testing.assert_array_equal(*places)
    assert labels["landmarks"] != face_labels["landmarks"]


def test_contradictions_are_refused():
    with pytest.raises(ValueError, match="not both"):
        render(5, 3, 1, 32, face_of=1, head_of=2)
    with pytest.raises(ValueError, match="give face_of"):
        render(5, 3, 1, 32, only=Part.HAIR)


def test_clean_pictures_are_those_before_the_damages():
    sharper = 0
    for index in range(6):
        damaged, labels = render(5, 3, index, 96)
        clean, labels_again = render(5, 3, index, 96, clean=True)
        assert labels == labels_again
        assert np.abs(damaged.astype(int) - clean).mean() < 25
        sharper += sharpness(clean) != sharpness(damaged)
    assert sharper == 6


def test_picture_0_does_not_draw_the_person_s_numbers_again():
    # A seed sequence takes (5, 3) and (5, 3, 0) for the same.
    same = np.random.default_rng((5, 3)).random(4)
    assert not np.allclose(picture_rng(5, 3, 0).random(4), same)


def test_scenes_vary():
    scenes = [draw_scene(picture_rng(1, 0, index)) for index in range(300)]
    occluded = np.mean([scene.occluder is not Occluder.NONE for scene in scenes])
    assert 0.08 < occluded < 0.25
    assert len({scene.mood for scene in scenes}) > 150
    assert 20 < sum(scene.mood == 0 for scene in scenes) < 60
    gaze = np.array([scene.gaze for scene in scenes])
    yaw = np.array([scene.camera.yaw for scene in scenes])
    assert (np.abs(gaze) <= [30, 18]).all()
    assert np.corrcoef(gaze[:, 0], yaw)[0, 1] < -0.5, "eyes turn back to the camera"


@pytest.mark.parametrize("kind", list(Occluder)[1:])
def test_every_occluder_covers_a_part_of_the_face(kind):
    for number in range(3):
        rng = np.random.default_rng(number)
        reflectance, cover, normals = draw_occluder(rng, kind, 128, FACE)
        assert 0 <= cover.min() <= cover.max() <= 1
        assert 0.005 < cover.mean() < 0.7
        assert 0 < reflectance[cover > 0.5].mean() < 1
        np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-4)
        assert normals[cover > 0.9][:, 2].mean() > 0.5, "it faces the camera"
        soft = ((cover > 0.1) & (cover < 0.9)).sum()
        assert soft > 20, "edges are soft"


def test_backgrounds_differ_and_are_as_bright_as_their_light():
    lights = [draw_light(np.random.default_rng(number)) for number in range(30)]
    pictures = [
        draw_background(np.random.default_rng(number), 32, light)
        for number, light in enumerate(lights)
    ]
    assert all(picture.min() >= 0 and np.isfinite(picture).all() for picture in pictures)
    means = np.array([picture.mean() for picture in pictures])
    assert np.log(means).std() > 0.3
    dimmer = dataclasses.replace(lights[0], sh=lights[0].sh / 2, key=lights[0].key / 2)
    if lights[0].surroundings:
        around = lights[0].surroundings
        halved = dataclasses.replace(around, gain=around.gain / 2)
        dimmer = dataclasses.replace(dimmer, surroundings=halved)
    again = draw_background(np.random.default_rng(0), 32, dimmer)
    np.testing.assert_allclose(again, pictures[0] / 2, rtol=1e-4)


def test_the_surroundings_of_a_swap_are_the_target_s():
    pale, dark = sorted(range(40), key=lambda n: person(5, n).traits.melanin)[::39]
    own, other = render(5, pale, 0, 64)[0], render(5, pale, 0, 64, head_of=dark)[0]
    corners = [(0, 0), (0, 63), (0, 1), (0, 62)]
    same = [np.abs(own[at].astype(int) - other[at]).max() for at in corners]
    assert min(same) <= 2
