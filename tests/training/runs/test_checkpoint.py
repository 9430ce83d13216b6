"""Checkpoints: what they hold, which stay, and that a kill or damage costs no more than one."""

import errno
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.training.networks.player import Player
from facedancer.training.runs import checkpoint_folder
from facedancer.training.runs.checkpoint import RunState
from facedancer.training.runs.checkpoint_folder import (
    find_checkpoints,
    find_damage,
    place_of,
    prune,
    seal,
)
from facedancer.utils import files
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of


def network(width: int = 4, depth: int = 1) -> keras.Model:
    hidden = [keras.layers.Dense(width) for _ in range(depth)]
    inputs = x = keras.Input((3,))
    for layer in (*hidden, keras.layers.Dense(1)):
        x = layer(x)
    return keras.Model(inputs, x)


def variables(part) -> list:
    return part.variables if hasattr(part, "variables") else [part]


class Run:
    """A run's state around a tiny network, every value of it random."""

    def __init__(
        self, run_dir, *, seed=0, keep=2, scale=False, average=False, extra=False, **shape
    ):
        generator = network(**shape)
        player = Player(generator, keras.optimizers.Adam(), scale_loss=scale)
        self.parts = {"generator": generator}
        self.parts |= {f"generator_{name}": part for name, part in player.state().items()}
        if average:
            self.parts["generator_average"] = network(**shape)
        if extra:
            self.parts["extra"] = tf.Variable(0.0)
        output = self.parts["generator_average"] if average else generator
        self.state = RunState(run_dir / "checkpoints", self.parts, output, keep)
        self.fill(seed)

    def fill(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for name, part in self.parts.items():
            for variable, value in zip(variables(part), self.values()[name], strict=True):
                variable.assign(rng.integers(1, 1000, value.shape).astype(value.dtype))

    def save(self, step: int, score: float | None = None) -> Path:
        """Saves values that follow from the step."""
        self.fill(step)
        self.state.step.assign(step)
        return self.state.save(score)

    def values(self) -> dict[str, list[np.ndarray]]:
        """Copies of all values by part, the step among them."""
        parts = {**self.parts, "step": self.state.step}
        return {
            name: [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables(part)]
            for name, part in parts.items()
        }

    def holds(self, wanted: dict[str, list[np.ndarray]]) -> bool:
        held = self.values()
        assert held.keys() == wanted.keys()
        return all(
            np.array_equal(one, other)
            for name in held
            for one, other in zip(held[name], wanted[name], strict=True)
        )


def steps_in(run_dir: Path) -> list[int]:
    return [int(path.name.removeprefix("step_")) for path in find_checkpoints(run_dir)]


@pytest.mark.parametrize("options", [{}, {"scale": True, "average": True}])
def test_a_checkpoint_holds_everything(tmp_path, options):
    run = Run(tmp_path, **options)
    assert not run.state.exists
    assert run.state.latest is None
    place = run.save(7)
    other = Run(tmp_path, seed=1, **options)
    assert not other.holds(run.values())
    assert other.state.exists
    other.state.restore()
    assert other.holds(run.values())
    assert other.state.latest == place
    output = run.parts["generator_average" if "average" in options else "generator"]
    for path in (tmp_path / "generator.keras", place / "generator.keras"):
        loaded = keras.saving.load_model(path)
        for one, two in zip(loaded.get_weights(), output.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)


def test_the_manifest_vouches_for_every_other_file(tmp_path):
    place = Run(tmp_path).save(7, score=0.5)
    manifest = json.loads((place / "manifest.json").read_text())
    others = [path for path in place.iterdir() if path.name != "manifest.json"]
    assert manifest["sha256"] == {path.name: digest_of(path) for path in others}
    assert (manifest["step"], manifest["score"]) == (7, 0.5)
    assert manifest["versions"]["tensorflow"] == tf.__version__


@pytest.mark.parametrize(
    ("saved", "ours"),
    [
        ({}, {"width": 5}),
        ({}, {"depth": 2}),
        ({"depth": 2}, {}),
        ({}, {"extra": True}),
        ({"extra": True}, {}),
        ({}, {"scale": True}),
        ({"scale": True}, {}),
        ({"average": True}, {}),
    ],
)
def test_restoring_wants_all_and_uses_all(tmp_path, saved, ours):
    Run(tmp_path, **saved).save(1)
    with pytest.raises(UserError, match=f"does not fit.*--flagfile={tmp_path}/flags.cfg"):
        Run(tmp_path, **ours).state.restore()


@pytest.mark.parametrize(
    ("keep", "scores", "stay"),
    [
        (1, [None, None, None], [2]),
        (2, [None, None, None, None], [2, 3]),
        (9, [None, None], [0, 1]),
        (2, [0.5, 0.9, 0.1, 0.2], [1, 2, 3]),
        (2, [-0.5, None, None, -0.7], [0, 2, 3]),
        (1, [0.1, 0.2, 0.3], [2]),
        (1, [0.3, 0.3, None], [1, 2]),
        (1, [0.1, float("nan"), float("inf"), None], [0, 3]),
    ],
)
def test_the_newest_and_the_best_stay(tmp_path, keep, scores, stay):
    for step, score in enumerate(scores):
        unfinished = tmp_path / f"{checkpoint_folder.UNFINISHED}new"
        unfinished.mkdir()
        (unfinished / "state.index").write_bytes(b"state")
        seal(unfinished, place_of(tmp_path, step), score)
        prune(tmp_path, keep)
    assert steps_in(tmp_path) == stay
    assert len(list(tmp_path.iterdir())) == len(stay)


@pytest.mark.parametrize(
    ("score", "stays", "written"),
    [(0.9, [2], 0.9), (0.1, [1, 2], 0.1), (float("nan"), [1, 2], None)],
)
def test_a_score_may_come_after_saving(tmp_path, score, stays, written):
    run = Run(tmp_path, keep=1)
    run.save(1, score=0.5)
    place = run.save(2)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    run.state.set_score(None)
    assert before == {path.name: path.read_bytes() for path in place.iterdir()}
    run.state.set_score(score)
    assert steps_in(tmp_path / "checkpoints") == stays
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest == {**json.loads(before["manifest.json"]), "score": written}
    assert before.keys() == {path.name for path in place.iterdir()}
    assert find_damage(place) is None


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    # A manifest is not vouched for: what must show there is that it cannot be read.
    data[0 if path.suffix == ".json" else len(data) // 2] ^= 1
    path.write_bytes(data)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("harm", [flip_a_byte, shorten, Path.unlink])
@pytest.mark.parametrize(
    "name", ["state.index", "state.data-00000-of-00001", "generator.keras", "manifest.json"]
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_taken(tmp_path, caplog, harm, name):
    run = Run(tmp_path, keep=1)
    run.save(1, score=1.0)
    wanted = run.values()
    damaged = run.save(3)
    harm(damaged / name)
    other = Run(tmp_path, keep=1)
    other.state.restore()
    assert other.holds(wanted)
    assert other.state.latest == place_of(tmp_path / "checkpoints", 1)
    (line,) = [message for message in caplog.messages if "damaged" in message]
    assert str(damaged) in line
    assert name in line
    # What was damaged neither outlives nor displaces what comes before it in the order of steps.
    other.save(2)
    wanted = other.values()
    other = Run(tmp_path)
    other.state.restore()
    assert other.holds(wanted)


def test_no_whole_checkpoint(tmp_path):
    run = Run(tmp_path)
    with pytest.raises(UserError, match="no checkpoint in"):
        run.state.restore()
    for step in (1, 2):
        flip_a_byte(run.save(step) / "state.index")
    with pytest.raises(UserError, match="whole.*step_0000002: state.index.*step_0000001"):
        run.state.restore()


class Killed(BaseException):
    """Stands for the end of the process."""


class Killer:
    """Ends the "process" in the middle of the n-th operation on files; counts them before."""

    def __init__(self, monkeypatch, run: Run, number: int) -> None:
        self.count, self.number, self.busy = 0, number, False
        for owner, name, half in [
            (tf.train.Checkpoint, "write", lambda _, prefix: Path(prefix + ".index").touch()),
            (run.state._generator, "save", lambda path: path.write_bytes(b"half")),
            (Path, "mkdir", None),
            (Path, "write_text", lambda path, text: None),
            (Path, "write_bytes", lambda path, data: None),
            (Path, "rename", None),
            (Path, "replace", None),
            (files, "flush", None),
            (checkpoint_folder, "flush", None),
            (shutil, "rmtree", lambda folder: next(folder.iterdir()).unlink()),
        ]:
            monkeypatch.setattr(owner, name, self.wrap(getattr(owner, name), half))

    def wrap(self, operation, half):
        def wrapped(*arguments, **options):
            if self.busy:  # Keras's own files, within an operation of ours.
                return operation(*arguments, **options)
            self.count += 1
            if self.count == self.number:
                if half:
                    half(*arguments)
                raise Killed
            self.busy = True
            try:
                return operation(*arguments, **options)
            finally:
                self.busy = False

        return wrapped


def test_a_kill_at_any_point_of_a_save_leaves_the_former_one_whole(tmp_path, caplog):
    start = tmp_path / "start"
    run = Run(start, keep=1)
    run.save(1)
    former = run.values()
    steps_found = []
    for number in range(1, 99):
        run_dir = tmp_path / str(number)
        shutil.copytree(start, run_dir)
        run = Run(run_dir, keep=1)
        run.state.restore()
        with pytest.MonkeyPatch.context() as monkeypatch:
            killer = Killer(monkeypatch, run, number)
            try:
                run.save(2)
            except Killed:
                pass
            else:
                break
        saved = run.values()
        found = Run(run_dir, keep=1)
        found.state.restore()
        steps_found.append(int(found.state.step))
        assert found.holds(former if steps_found[-1] == 1 else saved)
        keras.saving.load_model(run_dir / "generator.keras")
        # The next save puts everything in order again.
        found.save(3)
        assert [path.name for path in (run_dir / "checkpoints").iterdir()] == ["step_0000003"]
    assert killer.count == number - 1
    # The new one is there from one point on, and from then on for good.
    assert steps_found == sorted(steps_found)
    assert set(steps_found) == {1, 2}
    assert "damaged" not in caplog.text


def test_saving_a_step_again_changes_nothing(tmp_path):
    run = Run(tmp_path, keep=1)
    place = run.save(1, score=0.5)
    written = (place / "state.index").stat().st_mtime_ns
    (tmp_path / "generator.keras").unlink()
    assert run.save(1) == place
    assert (place / "state.index").stat().st_mtime_ns == written
    assert (tmp_path / "generator.keras").is_file()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        tf.errors.ResourceExhaustedError(None, None, "No space left on device"),
    ],
)
def test_a_full_disk_is_named_and_the_former_checkpoint_stands(tmp_path, monkeypatch, error):
    run = Run(tmp_path)
    run.save(1)
    wanted = run.values()

    def write(_, prefix):
        Path(f"{prefix}.index").touch()
        raise error

    monkeypatch.setattr(tf.train.Checkpoint, "write", write)
    with pytest.raises(UserError, match="no disk space for a checkpoint"):
        run.save(2)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step_0000001"]
    run.state.restore()
    assert run.holds(wanted)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({}, {}),
        ({}, {"scale": True, "average": True}),
        ({"scale": True, "average": True}, {}),
        ({"scale": True}, {"scale": True}),
    ],
)
def test_a_run_begins_from_another(tmp_path, theirs, ours):
    other = Run(tmp_path / "other", **theirs)
    other.save(5)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "other").rglob("*")}
    run = Run(tmp_path / "run", seed=1, **ours)
    own, given = run.values(), other.values()
    run.state.restore_from(tmp_path / "other" / "checkpoints")
    given.setdefault("generator_average", given["generator"])
    assert run.holds({name: given.get(name, value) for name, value in own.items()})
    assert int(run.state.step) == 5
    assert not run.state.exists
    run.state.save()
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "other").rglob("*")}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [({}, {"width": 5}), ({"depth": 2}, {}), ({}, {"depth": 2}), ({"extra": True}, {})],
)
def test_a_run_of_other_networks_gives_no_beginning(tmp_path, theirs, ours):
    Run(tmp_path / "other", **theirs).save(5)
    run = Run(tmp_path / "run", **ours)
    with pytest.raises(UserError, match="does not fit.*--base_width"):
        run.state.restore_from(tmp_path / "other" / "checkpoints")
    with pytest.raises(UserError, match="no checkpoint"):
        run.state.restore_from(tmp_path / "nowhere")
