"""Going on with a run continues the same experiment: the flags that may differ, and the others."""

import dataclasses
from pathlib import Path

from absl import logging

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_text

from .checkpoint_folder import find_checkpoints, newest_whole, step_of
from .folder import (
    DATA,
    FLAGS_FILE,
    RunConfig,
    fingerprints,
    read_parts,
    read_run_flags,
)

_HOW_LONG_AND_HOW_OFTEN = {
    "total_steps",
    "log_every",
    "sample_every",
    "sample_photographs",
    "validate_every",
    "alarm_after",
    "checkpoint_every",
    "keep_checkpoints",
    "steps_per_call",
    "profile_steps",
}
# The same work in another place, or read before the first step only.
_WHERE = {"run_dir", "strategy", "any_encoder", "jit_compile"}
_OTHER_DATA = {"data", "validation_data"}
# Read before the first step only: a run that has one does not begin with them.
_BEGINNING = {"init_generator", "init_run"}
# What the last words of a run that diverged, or met damage, advise to change.
_TO_SAVE_A_RUN = {
    "learning_rate",
    "learning_rate_decay",
    "learning_rate_decay_steps",
    "seed",
    "skip_corrupt",
}

# The flags that may differ from a run's own where its command is given again.
MAY_DIFFER = frozenset(_HOW_LONG_AND_HOW_OFTEN | _WHERE)
# Those that may differ where --resume says that this is meant. A flag that names a file may always
# name another one of the same bytes. All others (networks, losses, batch, precision) make another
# experiment, by --init_run.
MAY_DIFFER_BY_RESUME = frozenset(_OTHER_DATA | _BEGINNING | _TO_SAVE_A_RUN)


def refuse_changed_flags(config: RunConfig, may_differ: frozenset[str] = MAY_DIFFER) -> None:
    """Compares a run that is to go on with its folder; changed data is warned of.

    A folder without checkpoints has nothing to go on with, and passes.

    Args:
        config: with the stand-ins resolved, as it is to run.
        may_differ: the flags that may be others than before, without ``--resume``.

    Raises:
        UserError: other flags have changed, or the folder is incomplete.
    """
    run_dir = Path(config.run_dir)
    if not find_checkpoints(config.checkpoint_dir):
        return
    before = read_run_flags(type(config), run_dir)
    parts = read_parts(run_dir)
    # Without a record of the former files, paths are all there is to compare.
    then, now = (parts[-1]["sha256"], fingerprints(config)) if parts else ({}, {})
    changes = {
        name: f"--{name} was {_shown(before, name, then)}, is {_shown(config, name, now)}"
        for name in (field.name for field in dataclasses.fields(config) if field.metadata["stored"])
        if name not in may_differ and _differs(name, before, config, then, now)
    }
    own_flags = f"its own flags (--flagfile={run_dir / FLAGS_FILE})"
    if never := [text for name, text in changes.items() if name not in MAY_DIFFER_BY_RESUME]:
        raise UserError(
            f"{run_dir} is a run with other flags: {'; '.join(never)}. Resuming continues the same "
            f"experiment: give {own_flags}, or start a new run{_from_its_state(config)} in another "
            "--run_dir"
        )
    if changes and not config.resume:
        raise UserError(
            f"{run_dir} is a run with other flags: {'; '.join(changes.values())}. Add --resume to "
            f"continue with the new ones, give {own_flags}, or start a new run in another "
            "--run_dir"
        )
    for name in DATA:
        if name in now and now[name] != then.get(name):
            logging.warning("--%s holds other shards than before; going on with them", name)


def find_end(config: RunConfig) -> Path | None:
    """The last checkpoint of a run that has no step left to do; None if there are steps to do."""
    checkpoints = find_checkpoints(config.checkpoint_dir)
    if not checkpoints or step_of(checkpoints[-1]) < config.total_steps:
        return None
    whole = newest_whole(config.checkpoint_dir)
    return whole if step_of(whole) >= config.total_steps else None


def _differs(
    name: str, before: RunConfig, config: RunConfig, then: dict[str, str], now: dict[str, str]
) -> bool:
    # Of a file, its bytes count and not its path; a name that the code itself knows has none.
    if name in then and name in now:
        return then[name] != now[name]
    return getattr(before, name) != getattr(config, name)


def _from_its_state(config: RunConfig) -> str:
    return (
        f" from its state with --init_run={config.run_dir}" if hasattr(config, "init_run") else ""
    )


def _shown(config: RunConfig, name: str, sums: dict[str, str]) -> str:
    text = flag_text(getattr(config, name)) or "not given"
    return f"{text} (sha256 {sums[name][:8]})" if name in sums else text
