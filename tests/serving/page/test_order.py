"""Clicks that come before the page knows what it was given: they wait, or are left out."""

import threading

import pytest

from .visiting import Visit

pytest.importorskip("gradio")
# Within it a click would be answered that does not wait.
SOON_S = 0.2
# Another visitor is answered long before.
HELD_S = 20


@pytest.fixture
def visit(client, photographs):
    """A visit with a target."""
    visit = Visit(client)
    visit.do("", "load")
    visit.do("agree", "click")
    visit.upload("target", photographs[0])
    return visit


@pytest.fixture
def slow_person(page, monkeypatch):
    """Photographs are looked at slowly: until another click is answered, or `SOON_S` are over."""
    desk, swaps = page
    answered = threading.Event()
    set_person = desk.set_person

    def slowly(*arguments):
        answered.wait(SOON_S)
        return set_person(*arguments)

    monkeypatch.setattr(desk, "set_person", slowly)
    for owner, name in ((desk, "preview"), (swaps.engine, "swap_file")):
        do = getattr(owner, name)

        def noted(*arguments, do=do, **named):
            answered.set()
            return do(*arguments, **named)

        monkeypatch.setattr(owner, name, noted)


def test_preview_and_swap_wait_for_the_photograph(visit, slow_person, photographs):
    first_look = visit.of("slider")
    visit.put("view", "New faces")
    visit.put_file("person_1", photographs[1], several=True)
    for name, event in (("person_1", "upload"), ("preview", "click"), ("swap", "click")):
        visit.send(name, event)
    assert visit.take() == ["person_1", "preview", "swap"]
    assert visit.of("message") == ""
    assert visit.of("slider") != first_look
    assert ["faces swapped", "1"] in visit.of("report")["data"]


def test_nothing_is_swapped_with_what_was_refused(visit, slow_person, photographs):
    visit.upload("person_1", photographs[1], several=True)
    first_look = visit.of("slider")
    visit.put_file("person_1", photographs[2], several=True)  # It shows nobody.
    visit.put("view", "New faces")
    for name, event in (("person_1", "upload"), ("preview", "click"), ("swap", "click")):
        visit.send(name, event)
    # What was given meanwhile is taken, and the reason is still there.
    visit.put_file("person_2", photographs[1], several=True)
    visit.send("person_2", "upload")
    assert visit.take() == ["person_1", "preview", "swap", "person_2"]
    assert "no face" in visit.of("message")
    assert visit.of("slider") == first_look
    assert visit.of("download") is None
    assert len(visit.of("person_1")) == len(visit.of("person_2")) == 1
    # Who has seen it goes on.
    visit.do("preview", "click")
    assert visit.of("message") == ""
    assert visit.of("slider") != first_look


def test_a_choice_is_of_the_face_that_was_clicked(visit, two_faces):
    visit.do("faces", "select", {"index": 0, "value": None})
    for_first = visit.of("person")
    visit.upload("target", two_faces)
    visit.put("person", for_first)
    visit.do("person", "input")
    assert "no longer there" in visit.of("message")
    visit.do("faces", "select", {"index": 1, "value": None})
    visit.put("person", visit.of("person").replace("Person 1", "Stays as it is"))
    # Another face is clicked before the choice is known.
    visit.send("faces", "select", {"index": 0, "value": None})
    visit.send("person", "input")
    visit.take()
    assert [one["caption"] for one in visit.of("faces")] == ["1: person 1", "2: stays"]


def test_the_choice_of_a_view_says_what_is_shown(visit):
    assert visit.of("view") == "Faces found"  # As the first look at a target.
    for name, event in (("target", "upload"), ("preview", "click")):
        script, deed = visit.dependencies(name, event)
        assert script["js"] and script["outputs"] == [visit.parts["view"]]
        assert deed["backend_fn"]


def test_the_page_is_not_hidden_by_what_was_asked_before_the_notice_was_accepted(visit):
    way_in = {visit.parts["notice"], visit.parts["main"]}
    visit.do("agree", "click")
    assert way_in <= visit.changed
    for name, event in (("", "then"), ("preview", "click")):  # The first: after loading.
        visit.do(name, event)
        assert visit.changed and not way_in & visit.changed


def test_one_visitors_clicks_keep_nobody_else_waiting(
    page, visit, client, photographs, monkeypatch
):
    desk, _ = page
    is_over, in_vain, previews, set_person = threading.Event(), [], [], desk.set_person

    def held(*arguments):
        if not is_over.wait(HELD_S):
            in_vain.append(arguments)
        return set_person(*arguments)

    def noted(*arguments):
        previews.append(arguments)
        return desk_preview(*arguments)

    desk_preview = desk.preview
    monkeypatch.setattr(desk, "set_person", held)
    monkeypatch.setattr(desk, "preview", noted)
    visit.put_file("person_1", photographs[1], several=True)
    visit.send("person_1", "upload")
    # More than Gradio has workers: two kinds that show something, and one that changes something.
    for _ in range(14):
        visit.send("faces", "select", {"index": 0, "value": None})
        visit.send("preview", "click")
        visit.send("agree", "click")
    other = Visit(client, "other")
    other.do("", "load")
    other.do("agree", "click")
    assert in_vain == []
    is_over.set()
    answered = visit.take()
    assert [answered.count(name) for name in ("faces", "preview", "agree")] == [14] * 3
    assert len(previews) == 1
    assert "busy with your last" in visit.of("message")
    assert len(visit.of("person_1")) == 1
    visit.do("preview", "click")
    assert visit.of("message") == ""
