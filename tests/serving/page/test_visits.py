"""Visitors' folders: separate, limited, and gone after the visit."""

import os
import time

import pytest

from facedancer.serving.page.uploads import Uploads
from facedancer.serving.page.visits import SeenFace, Visit, Visitors
from facedancer.serving.work.errors import TooLargeError
from facedancer.utils.errors import UserError


@pytest.fixture
def visitors(tmp_path):
    return Visitors(tmp_path / "visitors", most_bytes=1000, keep_s=50)


@pytest.fixture
def upload(tmp_path):
    path = tmp_path / "upload.png"
    path.write_bytes(b"x" * 600)
    return path


def age(place, seconds):
    """Makes a visitor one who was last seen so long ago."""
    then = time.time() - seconds
    os.utime(place / "visit.json", (then, then))


def test_a_visitor_is_known_by_the_token_alone(visitors):
    one, other = visitors.enter(""), visitors.enter("")
    assert one != other
    assert visitors.enter(one) == one
    visitors.change(one, name="scene.jpg")
    assert (visitors.visit(one).name, visitors.visit(other).name) == ("scene.jpg", "")


def test_what_a_visitor_has_survives_the_process(visitors, tmp_path):
    token = visitors.enter("")
    face = SeenFace("face.png", (0.25, -1.5), None)
    report = (("faces found", "2"),)
    had = visitors.change(token, faces=(face,), people=(("a.jpg",), (), (), ()), report=report)
    assert Visitors(tmp_path / "visitors", 1000, 50).visit(token) == had
    assert isinstance(had, Visit)


@pytest.mark.parametrize("token", ["", "..", "../visitors", "0" * 32, "/etc", "visit.json", None])
def test_others_are_turned_away(visitors, token):
    with pytest.raises(UserError, match="reload the page"):
        visitors.place(token)
    assert visitors.enter(token or "") != token


def test_a_name_is_never_used_again(visitors, upload):
    token = visitors.enter("")
    first = visitors.take(token, upload, "target.png")
    visitors.drop(token, first)
    assert visitors.take(token, upload, "target.png") != first


def test_a_visitor_may_have_so_much_and_no_more(tmp_path, upload):
    visitors = Visitors(tmp_path / "visitors", most_bytes=2000, keep_s=50)
    token = visitors.enter("")
    visitors.take(token, upload, "target.png")
    visitors.take(token, upload, "target.png")
    with pytest.raises(TooLargeError, match="one visitor may have"):
        visitors.take(token, upload, "target.png")
    visitors.take(visitors.enter(""), upload, "target.png")  # Another has room.


def test_only_a_visitors_own_files_are_dropped(visitors, upload, tmp_path):
    token = visitors.enter("")
    visitors.drop(token, "../../upload.png", str(upload), "")
    assert upload.is_file()


def test_who_has_gone_is_forgotten(tmp_path, upload):
    visitors = Visitors(tmp_path / "visitors", most_bytes=9000, keep_s=50)
    left = []
    visitors.on_leave(left.append)
    gone, here = visitors.enter(""), visitors.enter("")
    visitors.take(gone, upload, "target.png")
    visitors.change(gone, job="a job")
    place = visitors.place(gone)
    age(place, 60)
    age(visitors.place(here), 60)
    visitors.touch(here)
    visitors.remove_old()
    assert [visit.job for visit in left] == ["a job"]
    assert not place.exists()
    assert visitors.place(here).is_dir()


def test_a_half_made_folder_goes_too(visitors, tmp_path):
    half = tmp_path / "visitors" / ("0" * 32)
    half.mkdir()
    os.utime(half, (0, 0))
    visitors.remove_old()
    assert not half.exists()


def test_uploads_that_nobody_took_go(tmp_path, upload):
    visitors = Visitors(tmp_path / "visitors", most_bytes=9000, keep_s=50)
    kept = visitors.take(visitors.enter(""), upload, "target.png")
    for name, then in (("old", 0), ("new", time.time())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "photo.png").write_bytes(b"")
        for path in (tmp_path / name / "photo.png", tmp_path / name):
            os.utime(path, (then, then))
    os.utime(upload, (0, 0))
    Uploads(tmp_path, tmp_path / "visitors").remove_old()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "visitors"]
    assert list((tmp_path / "visitors").glob(f"*/{kept}"))
