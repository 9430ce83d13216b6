"""A visitor's swap: at once, as a job, cancelled, after a reload, and how files are verified."""

import threading
import time

import pytest
from PIL import Image

from facedancer.inference.marking.findings import find_marks
from facedancer.serving.page.desk import Desk
from facedancer.serving.page.swaps import verified
from facedancer.utils.errors import UserError

from .conftest import PATIENCE_S


def prepared(page, target, source):
    """A visitor with a target and a person."""
    desk, _ = page
    token = desk.visitors.enter("")
    desk.visitors.change(token, has_agreed=True)
    desk.set_target(token, target, target.name)
    desk.set_person(token, 0, [source])
    return token


def watched(swaps, token):
    """Waits; what the visitor has once the film has ended, and its last status."""
    end = time.monotonic() + PATIENCE_S
    while True:
        visit, status = swaps.watch(token)
        if not visit.job:
            return visit, status
        assert time.monotonic() < end, status
        time.sleep(0.05)


def test_a_picture_is_swapped_at_once_and_marked(page, photographs):
    desk, swaps = page
    token = prepared(page, *photographs[:2])
    visit = swaps.begin(token, {})
    place = desk.visitors.place(token)
    assert find_marks(place / visit.result, 1).is_marked
    assert (place / f"{visit.result}.report.jsonl").is_file()
    assert dict(visit.report)["faces swapped"] == "1"
    ((name, done, *cosines),) = visit.face_report
    assert (name, done) == ("Face 1", "yes")
    assert all(-1 <= float(one) <= 1 for one in cosines)
    assert any("watermark" in line for line in visit.lines)
    assert verified(desk.engine, place / visit.result)[0][1].startswith("yes")
    assert verified(desk.engine, photographs[0])[0][1].startswith("no mark")


def test_a_film_is_a_job_whose_result_is_the_visitors(page, photographs, short_clip, small_parts):
    desk, swaps = page
    token = prepared(page, short_clip, photographs[1])
    job = swaps.begin(token, {}).job
    assert job
    visit, status = watched(swaps, token)
    assert (status.state, status.frames_done) == ("done", 3)
    place = desk.visitors.place(token)
    assert (place / visit.result).suffix == ".mp4"
    assert (place / f"{visit.result}.report.jsonl").read_text().count("\n") == 4
    assert dict(visit.report)["faces swapped"] == "3"
    assert visit.face_report == (("Track 0", "3 of 3", "unknown", "unknown"),)
    assert swaps.watch(token) == (visit, None)  # As after a reload.
    with pytest.raises(UserError, match="no such job"):
        swaps.jobs.status(job)


def test_a_part_of_a_film(page, photographs, short_clip, small_parts):
    _, swaps = page
    token = prepared(page, short_clip, photographs[1])
    with pytest.raises(UserError, match="soon"):
        swaps.begin(token, {"start": "soon"})
    swaps.begin(token, {"start": "2f", "likeness": True})
    visit, _ = watched(swaps, token)
    assert dict(visit.report)["pictures"] == "1"
    assert all(-1 <= float(one) <= 1 for one in visit.face_report[0][2:])


def test_a_film_becomes_nobodys(page, photographs, short_clip, small_parts):
    desk, swaps = page
    token = prepared(page, short_clip, photographs[1])
    desk.set_nobody(token, True, 3)
    for choose in (lambda: None, lambda: desk.choose(token, 0, 0)):
        choose()
        swaps.begin(token, {})
        visit, status = watched(swaps, token)
        assert status.state == "done" and visit.result


def test_a_film_is_cancelled(make_page, photographs, short_clip, small_parts):
    go = threading.Event()

    def swap(target, identity):
        go.wait(PATIENCE_S)
        return -target

    page = make_page(swap)
    desk, swaps = page
    token = prepared(page, short_clip, photographs[1])
    swaps.begin(token, {})
    with pytest.raises(UserError, match="wait for it, or cancel it"):
        swaps.begin(token, {})
    visit = swaps.cancel(token)
    go.set()
    assert (visit.job, visit.result, visit.lines) == ("", "", ("cancelled",))
    assert swaps.watch(token)[1] is None


def test_a_film_of_nobody_says_so(page, photographs, tmp_path):
    film = tmp_path / "grey.gif"
    pages = [Image.new("RGB", (64, 64), (n, n, n)) for n in (90, 120)]
    pages[0].save(film, save_all=True, append_images=pages[1:])
    _, swaps = page
    token = prepared(page, film, photographs[1])
    swaps.begin(token, {})
    visit, status = watched(swaps, token)
    assert status.state == "failed"
    assert "no face was found" in status.error
    assert visit.lines == (status.error,)


def test_who_has_not_agreed_gets_nothing(page):
    desk, swaps = page
    token = desk.visitors.enter("")
    with pytest.raises(UserError, match="accept the notice"):
        swaps.begin(token, {})


def test_two_visitors_do_not_meet(page, photographs, two_faces):
    desk, swaps = page
    one = prepared(page, *photographs[:2])
    other = prepared(page, two_faces, photographs[1])
    done = {}

    def swap(token):
        done[token] = swaps.begin(token, {})

    threads = [threading.Thread(target=swap, args=[token]) for token in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [dict(done[token].report)["faces swapped"] for token in (one, other)] == ["1", "2"]
    assert (desk.visitors.place(one) / done[one].result).is_file()
    assert not (desk.visitors.place(other) / done[one].result).exists()


def test_what_a_visitor_had_is_there_after_a_restart(page, photographs):
    desk, _ = page
    token = desk.visitors.enter("")
    desk.set_target(token, photographs[0])
    again = Desk(desk.engine, desk.visitors)
    assert again.visitors.enter(token) == token
    assert again.visitors.visit(token) == desk.visitors.visit(token)


def test_a_visitor_who_goes_takes_the_film_along(page, photographs, short_clip):
    desk, swaps = page
    token = prepared(page, short_clip, photographs[1])
    job = swaps.begin(token, {}).job
    desk.forget(token)
    with pytest.raises(UserError, match="no such job"):
        swaps.jobs.status(job)
