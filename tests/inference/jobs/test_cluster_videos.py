"""A film in parts that others make, in any order, some of them twice: the file that one makes."""

import os
import pickle
import signal
import sys

import numpy as np
import pytest

from facedancer.arcface_model.origin import UNTRAINED_SMALL
from facedancer.inference import swap_run
from facedancer.inference.core.frames import Observation
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs import cluster_videos, film_worker
from facedancer.inference.jobs.film_worker import Film, Reel, make_part
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.swap import Settings
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.reader import open_video
from facedancer.networks.generator import get_generator
from facedancer.utils.cluster import cluster
from facedancer.utils.errors import UserError

# Six parts of the clip.
SETTINGS = SwapSettings(
    marking=Marking(c2pa=False), video=VideoSettings(preset="ultrafast"), part_frames=4
)
UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")


@pytest.fixture(scope="module")
def swapper(tmp_path_factory):
    path = tmp_path_factory.mktemp("generator") / "generator.keras"
    get_generator(UP_TYPES, image_size=64, base_width=4).save(path)
    return Swapper.load(path, UNTRAINED_SMALL, any_encoder=True)


@pytest.fixture(scope="module")
def alone(swapper, clip, tmp_path_factory):
    """The file and the report that one process makes."""
    return swap(swapper, clip, tmp_path_factory.mktemp("alone") / "alone.mp4")


@pytest.fixture(autouse=True)
def _nothing_held():
    yield
    film_worker._held.clear()


class InOrder:
    """A cluster of this process: tasks come through a pickle, in an order of its own."""

    def __init__(self, order, most=None):
        self.order, self.most = order, most

    def run(self, task, shared, numbered, lost):
        shared = pickle.dumps(shared)
        sent = {number: pickle.dumps(more) for number, more in numbered}
        for done, number in enumerate(n for n in self.order if n in sent):
            if done == self.most:
                raise KeyboardInterrupt
            for _ in range(2 if number == 3 else 1):
                records = task(pickle.loads(shared), number, *pickle.loads(sent[number]))
            yield number, records


def swap(swapper, target, output, machines=None):
    tasks = find_tasks([target], output)
    choice = Choice([Role(np.ones(512, np.float32))])
    (outcome,) = swap_all(swapper, tasks, choice, SETTINGS, machines)
    return outcome.output.read_bytes(), outcome.report.read_text().replace(str(output), "OUTPUT")


def test_in_any_order_the_file_and_the_report_are_the_same(swapper, clip, alone, tmp_path):
    assert swap(swapper, clip, tmp_path / "parts.mp4", InOrder([0, 2, 4, 1, 3, 5])) == alone
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("then", ["alone", pytest.param("on a cluster", marks=pytest.mark.long)])
def test_a_run_that_was_stopped_goes_on(swapper, clip, alone, tmp_path, then, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        swap(swapper, clip, tmp_path / "parts.mp4", InOrder([5, 0, 2, 1, 3, 4], most=3))
    made = []

    def noted(film, part, planned):
        made.append(part)
        return make_part(film, part, planned)

    monkeypatch.setattr(cluster_videos, "make_part", noted)
    machines = None if then == "alone" else InOrder(range(6))
    if machines:
        monkeypatch.setattr(pickle, "dumps", lambda value: value)
        monkeypatch.setattr(pickle, "loads", lambda value: value)
    assert swap(swapper, clip, tmp_path / "parts.mp4", machines) == alone
    assert sorted(set(made)) == ([1, 3, 4] if machines else [])


def test_a_reel_skips_what_is_not_wanted(clip):
    with open_video(clip) as video:
        expected = list(video.frames())
    reel = Reel(clip)
    for first in (4, 8, 16, 0):
        for one, wanted in zip(reel.frames(first, 4), expected[first : first + 4], strict=True):
            assert (one.number, one.pts, one.duration) == (
                wanted.number,
                wanted.pts,
                wanted.duration,
            )
            np.testing.assert_array_equal(one.image, wanted.image)
    assert len(list(reel.frames(20, 9))) == 4


def film_of(swapper, clip, folder, size=0):
    with open_video(clip) as video:
        info = video.info
    size = clip.stat().st_size + size
    return Film(clip, size, folder, ".mp4", info, SETTINGS, swapper.recipe)


def test_another_film_is_refused_with_the_machines_name(swapper, clip, tmp_path):
    with pytest.raises(UserError, match=r"^on .+: .*clip\.mp4 is a different file on this machine"):
        make_part(film_of(swapper, clip, tmp_path, size=1), 0, [])


def test_a_film_that_ends_early_is_refused_and_leaves_nothing(swapper, clip, tmp_path):
    film = film_of(swapper, clip, tmp_path)
    with pytest.raises(UserError, match="ends at frame 24"):
        make_part(film, 5, [(Observation(number, 0.0, ()), ()) for number in range(20, 25)])
    assert not list(tmp_path.iterdir())


def test_without_ray_nothing_is_loaded(clip, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(swap_run, "load_swapper", lambda given: pytest.fail("networks loaded"))
    given = Settings(source=(clip,), output=str(tmp_path / "out.mp4"))
    tasks = find_tasks([clip], tmp_path / "out.mp4")
    with pytest.raises(UserError, match=r"pip install -r requirements-cluster\.txt"):
        swap_run.swap_tasks(given, tasks, engine=swap_run.Engine("ray"))


class KilledOnce:
    """A cluster whose first worker that has made part 2 is killed before it says so."""

    def __init__(self, machines, note):
        self.machines, self.note = machines, note

    def run(self, task, shared, numbered, lost):
        note = str(self.note)

        def killed(film, part, planned):
            records = make_part(film, part, planned)
            if part == 2 and not os.path.exists(note):  # noqa: PTH110 - in another process
                open(note, "x").close()  # noqa: PTH123
                os.kill(os.getpid(), signal.SIGKILL)
            return records

        return self.machines.run(killed, shared, numbered, lost)


@pytest.mark.long
def test_two_processes_one_of_them_killed_make_the_same_file(swapper, clip, alone, tmp_path):
    ray = pytest.importorskip("ray", reason="Ray is not installed: requirements-cluster.txt")
    # The workers cannot import this file.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with cluster(workers=2) as machines:
        killed = KilledOnce(machines, tmp_path / "killed")
        assert swap(swapper, clip, tmp_path / "parts.mp4", killed) == alone
    assert (tmp_path / "killed").exists()
    assert not ray.is_initialized()
