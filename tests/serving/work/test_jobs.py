"""Jobs: done one by one, stopped, restarted, cancelled, refused and forgotten."""

import json
import threading
import time

import pytest

from facedancer.inference.marking.findings import find_marks
from facedancer.serving.work.errors import BusyError, NoSuchJobError, NotReadyError, TooLargeError
from facedancer.serving.work.jobs import Jobs
from facedancer.serving.work.limits import Limits
from facedancer.utils.errors import UserError

PATIENCE_S = 60


@pytest.fixture
def open_jobs(tmp_path, make_engine, small_parts):
    """``open_jobs(swap, **limits)``: jobs in one folder; those of before are stopped."""
    opened = []

    def make(swap=lambda target, identity: -target, is_started=True, **limits):
        while opened:
            opened.pop().stop()
        opened.append(Jobs(make_engine(swap, limits=Limits(**limits)), tmp_path / "jobs"))
        if is_started:
            opened[-1].start()
        return opened[-1]

    yield make
    while opened:
        opened.pop().stop()


def ended(jobs, job):
    """The status of a job once it has ended."""
    end = time.monotonic() + PATIENCE_S
    while not (status := jobs.status(job)).has_ended:
        assert time.monotonic() < end, status
        time.sleep(0.02)
    return status


class Held:
    """A generator that stops after so many calls until it is let go."""

    def __init__(self, calls):
        self.calls, self.faces = calls, 0
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, target, identity):
        if not self.calls:
            self.reached.set()
            self.go.wait(PATIENCE_S)
        self.calls -= 1
        self.faces += target.shape[0]
        return -target


def files_of(jobs, job):
    return {path.name for path in jobs._store.place(job).iterdir()}


def test_a_film_is_swapped_and_nothing_else_is_kept(open_jobs, film, photographs):
    jobs = open_jobs()
    begun = jobs.submit(film, [photographs[1]], name="holiday.MKV")
    assert begun.state == "queued" and len(begun.id) == 32
    status = ended(jobs, begun.id)
    assert (status.state, status.frames_done, status.frames) == ("done", 12, 12)
    assert status.frames_a_second > 0 and status.error == ""
    result = jobs.result(begun.id)
    assert result.name == "swapped.mkv" and find_marks(result, 2).is_marked
    *records, last = jobs.report(begun.id)
    assert len(records) == 12 and last["summary"]["swapped"] == 12
    told = json.dumps([status.to_json(), records, last])
    assert str(result.parent) not in told and "faces found: 12" in told
    kept = {"request.json", "status.json", "swapped.mkv", "swapped.mkv.report.jsonl"}
    assert files_of(jobs, begun.id) == kept
    jobs.remove(begun.id)
    with pytest.raises(NoSuchJobError):
        jobs.status(begun.id)
    assert {path.name for path in result.parent.parent.iterdir()} == {"lock"}


def test_a_stopped_server_goes_on_where_it_was(open_jobs, film, photographs):
    first = Held(2)
    jobs = open_jobs(first)
    job = jobs.submit(film, [photographs[1]]).id
    first.reached.wait(PATIENCE_S)
    while not list(jobs._store.place(job).rglob("part_*.jsonl")):
        time.sleep(0.02)
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    first.go.set()
    stopping.join()
    assert jobs.status(job).state == "queued"
    second = Held(99)
    jobs = open_jobs(second)
    assert ended(jobs, job).state == "done"
    assert 0 < second.faces < 12, "what was whole is not made again"
    assert len(jobs.report(job)) == 13


def test_a_file_that_ends_the_process_again_and_again_is_given_up(open_jobs, film, photographs):
    jobs = open_jobs(is_started=False)
    job = jobs.submit(film, [photographs[1]]).id
    # As three processes left it that were killed at its beginning.
    jobs._store.change(job, lambda one: {"state": "running", "starts": 3})
    jobs = open_jobs()
    status = ended(jobs, job)
    assert (status.state, "stopped 3 times" in status.error) == ("failed", True)


def test_jobs_are_cancelled_while_they_wait_and_while_they_run(open_jobs, film, photographs):
    held = Held(1)
    jobs = open_jobs(held)
    running = jobs.submit(film, [photographs[1]]).id
    waiting = jobs.submit(photographs[0], [photographs[1]]).id
    held.reached.wait(PATIENCE_S)
    assert jobs.counts() == {"queued": 1, "running": 1}
    assert jobs.status(running).state == "running"
    for job in (waiting, running):
        assert jobs.cancel(job).state == "cancelled"
        with pytest.raises(NotReadyError, match="cancelled"):
            jobs.result(job)
    jobs.remove(running)  # At once, while its last frame is still being made.
    with pytest.raises(NoSuchJobError):
        jobs.status(running)
    after = jobs.submit(photographs[0], [photographs[1]]).id
    held.calls = 99
    held.go.set()
    assert ended(jobs, after).state == "done", "the next one is not held up"
    assert files_of(jobs, waiting) == {"request.json", "status.json"}
    assert {path.name for path in jobs._store.folder.iterdir()} == {"lock", waiting, after}


def test_jobs_fail_in_a_line(open_jobs, photographs, short_clip, monkeypatch, caplog):
    target, source, nobody = photographs
    jobs = open_jobs()
    faceless = ended(jobs, jobs.submit(target, [nobody]).id)
    assert faceless.state == "failed" and "no face found" in faceless.error
    empty = ended(jobs, jobs.submit(nobody, [source]).id)
    assert empty.error == "nobody was swapped: no face was found in the target"
    assert jobs.report(empty.id)[-1]["summary"]["found"] == 0
    jobs = open_jobs(lambda target, identity: 1 / 0)
    broken = ended(jobs, jobs.submit(target, [source]).id)
    assert broken.error == "the server failed at it; its log says more"
    assert "ZeroDivisionError" in caplog.text
    jobs = open_jobs(most_seconds=1 / 60)
    monkeypatch.setattr("facedancer.serving.work.media._check_length", lambda *_: None)
    endless = ended(jobs, jobs.submit(short_clip, [source]).id)
    assert endless.error == "the target has more than 1 frames: cut it"


def test_what_cannot_be_done_is_refused_before_it_waits(open_jobs, film, photographs, tmp_path):
    target, source, _ = photographs
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    jobs = open_jobs(is_started=False, most_seconds=0.5, most_waiting=1)
    for arguments, error, words in (
        ((text, [source]), UserError, "cannot read the target as a video"),
        ((target, [text]), UserError, "the source is damaged, or not a picture"),
        ((target, []), UserError, "no source"),
        ((target, [source], [text]), UserError, "the reference is"),
        ((target, [source], [], {"nth": 0}), UserError, "nth must be at least 1"),
        ((film, [source]), TooLargeError, "the target lasts 1 s: at most 0.5 s"),
    ):
        with pytest.raises(error, match=words):
            jobs.submit(*arguments)
    jobs.submit(target, [source])
    with pytest.raises(BusyError, match="1 jobs wait already") as refusal:
        jobs.submit(target, [source])
    assert refusal.value.retry_after_s > 0
    jobs = open_jobs(is_started=False, most_stored_bytes=1000)
    with pytest.raises(BusyError, match="no room"):
        jobs.submit(target, [source])


def test_old_jobs_go(open_jobs, photographs):
    jobs = open_jobs()
    job = jobs.submit(photographs[0], [photographs[1]]).id
    ended(jobs, job)
    jobs = open_jobs(keep_s=3600)
    assert jobs.status(job).state == "done"
    jobs = open_jobs(keep_s=0, is_started=False)
    jobs._store.remove_old()
    with pytest.raises(NoSuchJobError):
        jobs.status(job)


@pytest.mark.parametrize("name", ["", ".", "..", "../jobs", "lock", "0" * 32, "A" * 32, "0" * 33])
def test_a_name_that_is_none_leads_nowhere(open_jobs, name):
    jobs = open_jobs(is_started=False)
    for ask in (jobs.status, jobs.result, jobs.report, jobs.cancel, jobs.remove):
        with pytest.raises(NoSuchJobError, match="no such job"):
            ask(name)


def test_two_servers_do_not_share_a_folder(open_jobs, make_engine, tmp_path):
    open_jobs(is_started=False)
    with pytest.raises(UserError, match="another server keeps its jobs"):
        Jobs(make_engine(), tmp_path / "jobs")


def test_halves_of_jobs_go_and_other_files_stay(open_jobs, photographs):
    jobs = open_jobs(is_started=False)
    job = jobs.submit(photographs[0], [photographs[1]]).id
    folder = jobs._store.folder
    for name in (f"{'0' * 32}.unfinished", f"{'1' * 32}.gone", "2" * 32, "mine"):
        (folder / name).mkdir()
    jobs = open_jobs(is_started=False)
    assert {path.name for path in folder.iterdir()} == {"lock", "mine", job}
