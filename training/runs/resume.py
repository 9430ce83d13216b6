"""Resuming continues the same experiment: which flags may change for it, and which may not."""

import dataclasses
from pathlib import Path
from typing import TypeVar

from absl import flags, logging

from facedancer.utils.errors import UserError
from facedancer.utils.flag_fields import define_flags, flag_text, read_flags
from facedancer.utils.flagfiles import expand_flagfiles

from .checkpoint_folder import find_checkpoints
from .run_folder import DATA, FLAGS_FILE, RunConfig, fingerprints, read_parts

Run = TypeVar("Run", bound=RunConfig)

_HOW_LONG_AND_HOW_OFTEN = {
    "total_steps",
    "log_every",
    "sample_every",
    "validate_every",
    "alarm_after",
    "checkpoint_every",
    "keep_checkpoints",
    "steps_per_call",
    "profile_steps",
}
# The same work in another place; `init_*` is read before the first step only.
_WHERE = {
    "run_dir",
    "train_data",
    "validation_data",
    "strategy",
    "init_generator",
    "init_run",
    "any_encoder",
    "resume",
}
# What the last words of a run that diverged, or met damage, advise to change.
_TO_SAVE_A_RUN = {
    "learning_rate",
    "learning_rate_decay",
    "learning_rate_decay_steps",
    "seed",
    "skip_corrupt",
}

# The flags that may change. Those that name a file may also name another one of the same bytes.
# All others (networks, losses, batch, precision) make another experiment, by --init_run.
MAY_CHANGE = frozenset(_HOW_LONG_AND_HOW_OFTEN | _WHERE | _TO_SAVE_A_RUN)


def refuse_changed_flags(config: RunConfig, may_change: frozenset[str] = MAY_CHANGE) -> None:
    """Compares a run that is to be resumed with what its folder says; changed data is warned of.

    A folder without checkpoints has nothing to resume, and passes.

    Args:
        config: with the stand-ins resolved, as it is to run.
        may_change: the flags that may be others than before.

    Raises:
        UserError: other flags have changed, or the folder is incomplete.
    """
    run_dir = Path(config.run_dir)
    if not find_checkpoints(config.checkpoint_dir):
        return
    before = _read_flags(type(config), run_dir / FLAGS_FILE)
    parts = read_parts(run_dir)
    # Without a record of the former files, paths are all there is to compare.
    then, now = (parts[-1]["sha256"], fingerprints(config)) if parts else ({}, {})
    changes = [
        f"--{name} was {_shown(before, name, then)}, is {_shown(config, name, now)}"
        for name in (field.name for field in dataclasses.fields(config))
        if name not in may_change and _differs(name, before, config, then, now)
    ]
    if changes:
        raise UserError(
            f"{run_dir} is a run of other flags: {'; '.join(changes)}. Resuming continues the same "
            f"experiment: give its own flags (--flagfile={run_dir / FLAGS_FILE}), or begin a new "
            f"run{_from_its_state(config)} in another --run_dir"
        )
    for name in DATA:
        if name in now and now[name] != then.get(name):
            logging.warning("--%s holds other shards than before; going on with them", name)


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


def _read_flags(settings: type[Run], path: Path) -> Run:
    """The flags that a run's folder holds; those it does not name were added since: defaults."""
    if not path.is_file():
        raise UserError(
            f"{path.parent} holds checkpoints but not {FLAGS_FILE}, which says of what run they "
            "are: copy it too, or name another --run_dir"
        )
    values = flags.FlagValues()
    define_flags(settings, values)
    try:
        values(["train.py", *expand_flagfiles([f"--flagfile={path}"])])
        return settings(**read_flags(settings, values))
    except (flags.Error, UserError) as error:
        raise UserError(f"{path} cannot be read: {error}; copy it again") from error


def _shown(config: RunConfig, name: str, sums: dict[str, str]) -> str:
    text = flag_text(getattr(config, name)) or "not given"
    return f"{text} (sha256 {sums[name][:8]})" if name in sums else text
