"""A run's folder on itself: ``flags.cfg``, and ``run.json`` on its origin."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import tensorflow as tf
from absl import flags, logging

from facedancer.arcface_model.choices import LOSS_REGRESSORS
from facedancer.dataset.shards.index import INDEX_NAME
from facedancer.utils.bounded_json import MEGABYTE
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, read_json, write_json, write_text
from facedancer.utils.flags.fields import parse_flags, to_flagfile
from facedancer.utils.weights.kinds import find_in_folder, fingerprint

from .checkpoint_folder import find_checkpoints
from .provenance import git_state, versions

FLAGS_FILE = "flags.cfg"
RUN_FILE = "run.json"
# Each start adds a part of a kilobyte.
_MOST_BYTES = 16 * MEGABYTE
# The names that flags had in ``run.json`` once, as stored runs have them.
_FORMER_NAMES = {"train_data": "data", "arcface_path": "encoder"}

# The flags that may name files which decide a run's numbers, and those that name data.
FROZEN_NETWORKS = (
    "encoder",
    "perceptual_features",
    "second_encoder",
    *(f"{target}_regressor" for target in LOSS_REGRESSORS),
    "teacher",
)
DATA = ("data", "validation_data")


class RunConfig(Protocol):
    """The settings that every run has, of a generator or of a network that judges it."""

    run_dir: str
    resume: bool
    total_steps: int
    validation_data: str

    @property
    def train_folders(self) -> tuple[str, ...]:
        """The folders of shards to train on."""

    @property
    def validation_folders(self) -> tuple[str, ...]:
        """The folders of shards to validate on."""

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the full training states."""


Run = TypeVar("Run", bound=RunConfig)


def open_run_folder(config: RunConfig, first_step: int, strategy: tf.distribute.Strategy) -> None:
    """Writes down what is about to run; to be called when all that can be refused has been.

    ``flags.cfg`` gives the flags again by ``--flagfile``; where a resumed run's differ, the former
    ones stay as ``flags_until_<step>.cfg``. ``run.json`` lists the run's parts, one a start.

    Args:
        config: the run.
        first_step: number of steps done before.
        strategy: where it runs.
    """
    run_dir = Path(config.run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    # Without a checkpoint, nothing of an earlier start is left to tell of.
    is_resumed = bool(find_checkpoints(config.checkpoint_dir))
    parts = read_parts(run_dir) if is_resumed else []
    part = {
        "first_step": first_step,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "git": git_state(),
        "devices": _describe(strategy),
        "sha256": fingerprints(config),
    }
    write_json(run_dir / RUN_FILE, {"parts": [*parts, part]})
    _write_flags(config, first_step, is_resumed)


def read_parts(run_dir: Path) -> list[dict]:
    """The parts that ``run.json`` lists, oldest first; none where there is no such file.

    Raises:
        UserError: the file is damaged.
    """
    path = run_dir / RUN_FILE
    try:
        parts = read_json(path, _MOST_BYTES)["parts"]
        if not all(isinstance(part["sha256"], dict) for part in parts):
            raise TypeError("its parts are not as this program writes them")
        return [{**part, "sha256": _with_names_of_today(part["sha256"])} for part in parts]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is damaged ({error!r}): copy it again, or remove it to continue without the "
            "record of this run's starts"
        ) from error


def _with_names_of_today(sums: dict[str, str]) -> dict[str, str]:
    return {_FORMER_NAMES.get(name, name): value for name, value in sums.items()}


def fingerprints(config: RunConfig) -> dict[str, str]:
    """By flag, the SHA-256 of what it names: of a network, or of each folder's index of shards."""
    networks = {
        flag: _network_file(Path(getattr(config, flag)))
        for flag in FROZEN_NETWORKS
        if getattr(config, flag, "")
    }
    indexes = {"data": [Path(folder) / INDEX_NAME for folder in config.train_folders]}
    if config.validation_data:
        folders = config.validation_folders
        indexes["validation_data"] = [Path(folder) / INDEX_NAME for folder in folders]
    return {flag: fingerprint(path) for flag, path in networks.items() if path} | {
        flag: ",".join(map(digest_of, paths))
        for flag, paths in indexes.items()
        if all(path.is_file() for path in paths)
    }


def _network_file(path: Path) -> Path | None:
    """The file that a network is read from; None: the path is a name that the code itself knows."""
    if path.is_dir():
        found = find_in_folder(path)
        return found.path if found else None
    return path if path.is_file() else None


def _describe(strategy: tf.distribute.Strategy) -> dict[str, object]:
    """Kind and number of replicas, and this machine's own devices."""
    names = []
    for device in tf.config.list_physical_devices():
        details = tf.config.experimental.get_device_details(device)
        names.append(details.get("device_name", device.device_type))
    return {
        "strategy": type(strategy).__name__,
        "replicas": strategy.num_replicas_in_sync,
        "local": names,
    }


def read_run_flags(settings: type[Run], run_dir: Path) -> Run:
    """The flags that a run's folder holds; those it does not name were added since: defaults.

    Raises:
        UserError: the file is missing or damaged.
    """
    path = run_dir / FLAGS_FILE
    if not path.is_file():
        raise UserError(
            f"{path.parent} holds checkpoints but not {FLAGS_FILE}, which has the run's flags: "
            "copy it too, or give another --run_dir"
        )
    try:
        return parse_flags(settings, [f"--flagfile={path}"])[0]
    except (flags.Error, UserError) as error:
        raise UserError(f"{path} cannot be read: {error}; copy it again") from error


def _write_flags(config: RunConfig, first_step: int, is_resumed: bool) -> None:
    path = Path(config.run_dir) / FLAGS_FILE
    text = to_flagfile(config)
    before = ""
    if is_resumed and path.is_file():
        # Values count, and not the names that flags had when the run began.
        before = to_flagfile(read_run_flags(type(config), path.parent))
    if before and before != text:
        changed = sorted(set(text.splitlines()) - set(before.splitlines()))
        logging.warning("going on with other flags than before: %s", " ".join(changed))
        kept = path.with_name(f"flags_until_{first_step}.cfg")
        # A start that got no further than this has no steps of its own to keep flags for.
        if not kept.exists():
            write_text(kept, before)
    write_text(path, text)
