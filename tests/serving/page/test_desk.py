"""A visitor's clicks in plain calls: files, faces, previews."""

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.inference.jobs.sources import save_identity
from facedancer.serving.page.engine import ROLES, roles_option
from facedancer.serving.page.pictures import ALL_VIEWS, ATTENTION
from facedancer.serving.work.errors import TooLargeError
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image


def changes(pictures):
    """By how many grey levels each pixel differs between two pictures, at most of its colours."""
    before, after = (read_image(path).astype(int) for path in pictures)
    return np.abs(before - after).max(axis=2)


def test_a_visit_with_one_face(page, visitor, photographs):
    desk, swaps = page
    target, source, _ = photographs
    desk.set_target(visitor, target)
    desk.set_person(visitor, 0, [source])
    # Each view shows the frame.
    for view in (one for one in ALL_VIEWS if one != ATTENTION):
        pictures = desk.preview(visitor, 0.0, {}, view)
        assert [read_image(path).shape for path in pictures] == [read_image(target).shape] * 2
        assert changes(pictures).max() > 40
    with pytest.raises(UserError, match="does not expose its attention"):
        desk.preview(visitor, 0.0, {}, ATTENTION)
    # Settings are seen.
    whole, without = (
        changes(desk.preview(visitor, 0.0, {"keep": keep}, ALL_VIEWS[0])).sum()
        for keep in ([], ["eyes", "lips"])
    )
    assert without < 0.95 * whole
    with pytest.raises(UserError, match="keep=ears"):
        desk.preview(visitor, 0.0, {"keep": ["ears"]}, ALL_VIEWS[0])
    # The preview is what the swap gives.
    chosen = {"mask": "hull", "colour_match": "off"}
    _, after = desk.preview(visitor, 0.0, chosen, ALL_VIEWS[0])
    place = desk.visitors.place(visitor)
    result = place / swaps.begin(visitor, chosen).result
    assert changes([after, result]).mean() < 8  # JPEG, and the watermark.
    assert changes([target, result]).mean() > 12
    # Old pictures do not pile up, and nothing is left at the end.
    assert len(list(place.glob("shown_*.jpg"))) <= 8
    desk.forget(visitor)
    assert not place.exists()
    with pytest.raises(UserError, match="reload the page"):
        desk.preview(visitor, 0.0, {}, ALL_VIEWS[0])


def test_a_visit_with_two_faces(page, visitor, two_faces, photographs):
    desk, _ = page
    visit = desk.set_target(visitor, two_faces, "party.png")
    place = desk.visitors.place(visitor)
    assert (visit.kind, visit.name, len(visit.faces)) == ("picture", "party.png", 2)
    assert all(read_image(place / face.crop).shape == (64, 64, 3) for face in visit.faces)
    assert [face.person for face in visit.faces] == [0, 0]
    desk.set_person(visitor, 0, [photographs[1]])
    # Only the face that was clicked changes.
    desk.choose(visitor, 0, None)
    change = changes(desk.preview(visitor, 0.0, {}, ALL_VIEWS[0]))
    left = slice(0, change.shape[1] // 2 - 8)
    assert change[:, left].max() < 60 < change.max()
    desk.choose_everybody(visitor)
    assert changes(desk.preview(visitor, 0.0, {}, ALL_VIEWS[0]))[:, left].max() > 60
    # Each face gets its person.
    visit = desk.choose(visitor, 1, 2)
    with pytest.raises(UserError, match="photograph of person 3"):
        roles_option(visit)
    visit = desk.set_person(visitor, 2, [photographs[1], photographs[1]])
    names, options = roles_option(visit)
    assert names == [*visit.people[0], *visit.people[2]]
    assert [role["photographs"] for role in options[ROLES]] == [[0], [1, 2]]
    assert desk.engine.read_options(options) == desk.engine.defaults
    roles = desk.engine.make_roles([place / name for name in names], (), options)
    assert [role.reference is not None for role in roles] == [True, True]
    # Without a target its files go.
    for person in (0, 2):
        desk.set_person(visitor, person, [])
    assert desk.set_target(visitor, None).target == ""
    assert {path.name[:5] for path in place.iterdir()} == {"shown", "visit"}


def test_person_1_may_be_nobody(page, visitor, two_faces, photographs):
    desk, _ = page
    desk.set_target(visitor, two_faces)
    before = desk.set_person(visitor, 0, [photographs[1]])
    place = desk.visitors.place(visitor)
    visit = desk.set_nobody(visitor, True, 7)
    assert visit.has_nobody and desk.visitors.visit(visitor) == visit  # As JSON has it, too.
    assert not (place / before.people[0][0]).exists()
    names, options = roles_option(visit)
    assert (names, options) == (["nobody"], {"seed": 7})
    (role,) = desk.engine.make_roles([place / name for name in names], (), options)
    (other,) = desk.engine.make_roles([place / name for name in names], (), {"seed": 8})
    assert len(role.others) == 7 and not np.array_equal(role.identity, other.identity)
    # One face of two, the other one a person's.
    desk.set_person(visitor, 1, [photographs[1]])
    desk.choose(visitor, 0, 0)
    names, options = roles_option(desk.choose(visitor, 1, 1))
    assert [one["photographs"] for one in options[ROLES]] == [[], [0]]
    first, second = desk.engine.make_roles([place / name for name in names], (), options)
    assert np.array_equal(first.identity, role.identity) and first.reference is not None
    assert not second.others
    names, options = roles_option(desk.choose(visitor, 1, None))
    (alone,) = desk.engine.make_roles([place / name for name in names], (), options)
    assert names == ["nobody"] and np.array_equal(alone.identity, role.identity)
    assert changes(desk.preview(visitor, 0.0, {}, ALL_VIEWS[0])).max() > 60
    with pytest.raises(UserError, match="seed must be at least 0"):
        desk.set_nobody(visitor, True, -1)
    assert desk.set_nobody(visitor, False).people[0] == ()
    assert desk.set_nobody(visitor, False) == desk.visitors.visit(visitor)


def test_a_saved_identity_is_a_person(page, visitor, photographs, tmp_path):
    desk, _ = page
    desk.engine.swapper.encoder_path = UNTRAINED_SMALL
    saved = tmp_path / "anna.identity"
    save_identity(desk.engine.swapper, [photographs[1]], saved)
    visit = desk.set_person(visitor, 0, [saved])
    assert visit.people[0][0].endswith(".identity")
    desk.set_target(visitor, photographs[0])
    assert changes(desk.preview(visitor, 0.0, {}, ALL_VIEWS[0])).max() > 40
    saved.write_text("{}")
    with pytest.raises(UserError, match="not a saved identity"):
        desk.set_person(visitor, 0, [saved])
    assert desk.visitors.visit(visitor).people == visit.people


def test_a_film_has_a_length_and_its_faces_are_known_again(page, visitor, clip):
    desk, _ = page
    visit = desk.set_target(visitor, clip, "clip.mp4")
    assert (visit.kind, visit.seconds) == ("video", pytest.approx(2, abs=0.1))
    later = desk.look_at(visitor, 1.5)
    assert later.moment == 1.5
    assert len(later.faces) == len(visit.faces) == 1
    assert desk.look_at(visitor, 99.0).moment == visit.seconds


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (["preview"], "add a picture or a film first"),
        (["target", "preview"], "photograph of person 1"),
        (["nobody", "person", "preview"], "no face was found here"),
        (["target", "person", "leave", "preview"], "every face is set to stay"),
        (["person of nobody"], "no face"),
        (["damaged"], "damaged|cut short"),
        (["text"], "as a video"),
    ],
)
def test_what_is_missing_is_one_line(page, visitor, photographs, tmp_path, steps, said):
    desk, _ = page
    target, source, nobody = photographs
    damaged, text = tmp_path / "damaged.png", tmp_path / "text.mp4"
    damaged.write_bytes(target.read_bytes()[:9000])
    text.write_bytes(b"some words " * 99)
    deeds = {
        "target": lambda: desk.set_target(visitor, target),
        "nobody": lambda: desk.set_target(visitor, nobody),
        "damaged": lambda: desk.set_target(visitor, damaged),
        "text": lambda: desk.set_target(visitor, text),
        "person": lambda: desk.set_person(visitor, 0, [source]),
        "person of nobody": lambda: desk.set_person(visitor, 0, [nobody]),
        "leave": lambda: desk.choose(visitor, 0, None),
        "preview": lambda: desk.preview(visitor, 0.0, {}, ALL_VIEWS[0]),
    }
    *before, last = steps
    for step in before:
        deeds[step]()
    had = desk.visitors.visit(visitor)
    with pytest.raises(UserError, match=said) as refused:
        deeds[last]()
    assert "\n" not in str(refused.value)
    assert desk.visitors.visit(visitor) == had


def test_a_picture_that_is_too_large_is_refused_before_it_is_kept(make_page, photographs):
    desk, _ = make_page(most_pixels=1000)
    token = desk.visitors.enter("")
    with pytest.raises(TooLargeError, match="pixels"):
        desk.set_target(token, photographs[0])
    assert len(list(desk.visitors.place(token).iterdir())) == 1
