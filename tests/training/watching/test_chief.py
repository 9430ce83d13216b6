"""The chief saves first when the run is asked to stop, and validates then."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from facedancer.training.networks.trained import build_networks
from facedancer.training.runs.checkpoint import RunState
from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.training.watching.chief import Chief
from facedancer.training.watching.run_log import read_log

pytestmark = pytest.mark.usefixtures("tiny_networks")


def test_a_stop_is_saved_even_where_nobody_reads_the_output(small_config, strategies, monkeypatch):
    """As on Ctrl-C under ``| tee log``, which ends the reader too."""
    networks = build_networks(small_config, strategies(1))
    state = RunState(
        small_config.checkpoint_dir, networks.trackables(), networks.output_generator, 1
    )
    chief = Chief(small_config, networks, state, strategies(1), 0)

    def fail(count: int) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(chief._monitor, "advance", fail)
    with pytest.raises(BrokenPipeError):
        chief.after(1, 1, report=None, stopping=True)
    assert [path.name for path in find_checkpoints(small_config.checkpoint_dir)] == ["step_0000001"]
    chief.close()


def test_a_stop_where_validation_is_due_has_its_score(small_config, strategies):
    config = dataclasses.replace(small_config, validate_every=1)
    networks = build_networks(config, strategies(1))
    state = RunState(config.checkpoint_dir, networks.trackables(), networks.output_generator, 1)
    chief = Chief(config, networks, state, strategies(1), 0)
    chief.after(1, 1, report=SimpleNamespace(values=dict), stopping=True)
    chief.close()
    logged = [line for line in read_log(Path(config.run_dir)) if "validation/score" in line]
    manifest = json.loads((state.latest / "manifest.json").read_text())
    assert [manifest["score"]] == [line["validation/score"] for line in logged]
