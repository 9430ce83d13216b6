"""One of the project's own commands as a task, and the ledger of what has been done."""

import hashlib
import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from facedancer.evaluation.stamps import code_of_module
from facedancer.utils.files import digest_of, read_json, set_aside, write_json
from facedancer.utils.flags.files import expand_flagfiles

ROOT = Path(__file__).parents[2]

# By command, what a flag of today was called when the first labs were made. Fingerprints are of
# those names: another name makes nothing else, and takes no training's hours.
_FIRST_NAMES = {
    "lab/render_faces.py": {
        "output": "target_dir",
        "people": "identities",
        "image_size": "side",
    },
    "lab/render_swaps.py": {"output": "output_dir", "data": "shards"},
    "lab/swap_matrix.py": {"encoder": "arcface_path"},
    "dataset/crop_align.py": {
        "data": "data_dir",
        "output": "target_dir",
        "image_size": "im_size",
    },
    "dataset/dataset_sharding.py": {"data": "data_dir", "output": "target_dir"},
    "training/train.py": {"data": "train_data", "encoder": "arcface_path"},
    "training/train_encoder.py": {"data": "train_data"},
    "training/train_regressor.py": {"data": "train_data"},
    "training/distill.py": {"data": "train_data", "encoder": "arcface_path"},
    "evaluation/ifsr.py": {"output": "out_dir", "encoder": "arcface_path"},
    "evaluation/evaluate.py": {"output": "out_dir", "encoder": "arcface_path"},
    "evaluation/attention.py": {"output": "out_dir", "encoder": "arcface_path"},
}
# What flags/base.cfg said then: all of them defaults, which it need not say.
_FIRST_BASE = (
    "--image_size=256",
    "--base_width=64",
    "--mapping_depth=4",
    "--mapping_size=512",
    "--arcface_path=auto",
    "--perceptual_features=auto",
    "--loss_profile=paper",
    "--ifsr_weight=1",
    "--ifsr_scale=1.2",
    "--batch_size=10",
    "--total_steps=300000",
    "--learning_rate=1e-4",
    "--learning_rate_decay=0.97",
    "--learning_rate_decay_steps=100000",
    "--same_ratio=0.2",
    "--precision=float32",
)


@dataclass(frozen=True)
class Task:
    """A command line that makes one thing.

    Attributes:
        stage: what it is a part of.
        name: its own, unique and fit for a file's name.
        command: a script's path and its flags; all paths are seen from the repository's root.
            Started again after an interruption it must go on where it was.
        product: what others need of it.
        needs: what must be finished before.
        is_alone: whether nothing else may work meanwhile.
        end: what exists when it is finished, and not before; None: the product.
        place: what is its alone, where it would go on from what it finds; None: it never does.
        files: what it reads that no task makes.
        measures: whether its product is numbers or pictures, which newer code makes again. What was
            rendered or trained stays, whatever becomes of the code: that takes hours.
    """

    stage: str
    name: str
    command: tuple[str, ...]
    product: Path
    needs: tuple["Task", ...] = ()
    is_alone: bool = False
    end: Path | None = None
    place: Path | None = None
    files: tuple[Path, ...] = ()
    measures: bool = False

    @property
    def has_ended(self) -> bool:
        """Tells whether what shows its end is there."""
        return (ROOT / (self.end or self.product)).exists()

    @property
    def line(self) -> str:
        """The command, to be typed in the repository's root."""
        return shlex.join(("python", *self.command))

    @property
    def fingerprint(self) -> str:
        """Hashes all that decides the product: flags, in flagfiles too, files, what it needs."""
        made = {f"--flagfile={before.product}" for before in self.needs}
        # A flagfile that another task writes may not exist yet; that task stands for it.
        flags = [flag for flag in self.command if flag not in made]
        expanded = [self._first_name_of(flag) for flag in expand_flagfiles(flags, ROOT)]
        if self.command[0] == "training/train.py":
            expanded[1:1] = _FIRST_BASE
        parts = [*expanded, *(task.fingerprint for task in self.needs)]
        parts += [digest_of(ROOT / file) for file in self.files]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _first_name_of(self, flag: str) -> str:
        name, equals, value = flag.partition("=")
        first = _FIRST_NAMES.get(self.command[0], {}).get(name.removeprefix("--"))
        return f"--{first}{equals}{value}" if first else flag

    @property
    def code(self) -> str:
        """A checksum of the code that measures; "" of what doesn't."""
        script = Path(self.command[0]).with_suffix("")
        return code_of_module(".".join(("facedancer", *script.parts))) if self.measures else ""


def value_of(flag: str, flags: Sequence[str]) -> str:
    """Finds what flags and their flagfiles give for ``flag``; the last word counts."""
    values = [text.partition("=")[2] for text in expand_flagfiles(flags, ROOT)
              if text.startswith(f"--{flag}=")]  # fmt: skip
    return values[-1]


def last_checkpoint(run: Path, flags: Sequence[str]) -> Path:
    """Names what only a training's end leaves: a stopped one has saved its network, too."""
    return run / f"checkpoints/step_{int(value_of('total_steps', flags)):07d}"


@dataclass(frozen=True)
class Record:
    """The record of a task that was begun.

    Attributes:
        seconds: time that it took, over all its starts.
        is_finished: whether it came to its end.
    """

    seconds: float = 0.0
    is_finished: bool = False


class Ledger:
    """The tasks done: ``NAME.json`` for each, and ``NAME.log``, what it printed.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, task: Task) -> Record:
        """Reads what is known of ``task`` with the flags that it has now."""
        entry = self._entry(task)
        if entry and entry["fingerprint"] == task.fingerprint:
            is_of_this_code = entry["code"] == task.code
            return Record(entry["seconds"], entry["is_finished"] and is_of_this_code)
        return Record()

    def is_done(self, task: Task) -> bool:
        """Tells whether the task was finished with these flags and its end is there."""
        return self.read(task).is_finished and task.has_ended

    def is_of_other_flags(self, task: Task) -> bool:
        """Tells whether what lies in the task's place was made by other flags than it has now."""
        entry = self._entry(task)
        is_there = task.place is not None and (ROOT / task.place).exists()
        return is_there and entry is not None and entry["fingerprint"] != task.fingerprint

    def is_of_other_code(self, task: Task) -> bool:
        """Tells whether the task was finished with these flags, but by other code than today's."""
        entry = self._entry(task)
        is_same = entry is not None and entry["fingerprint"] == task.fingerprint
        return is_same and entry["is_finished"] and entry["code"] != task.code

    def set_aside(self, task: Task) -> Path:
        """Moves what lies in the task's place into the folder ``former``; where to."""
        return set_aside(ROOT / task.place, self.folder.parent / "former", task.name)

    def write(self, task: Task, seconds: float, is_finished: bool) -> None:
        """Adds a start's ``seconds`` to the task's record."""
        entry = {
            "stage": task.stage,
            "command": task.line,
            "fingerprint": task.fingerprint,
            "code": task.code,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(self.read(task).seconds + seconds, 1),
            "is_finished": is_finished,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / f"{task.name}.json", entry)

    def _entry(self, task: Task) -> dict | None:
        """The record as it stands; a damaged one is none: commands themselves skip what is done."""
        try:
            entry = read_json(self.folder / f"{task.name}.json")
            known = {name: entry[name] for name in ("fingerprint", "seconds", "is_finished")}
            return {**known, "code": entry.get("code", "")}
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def log(self, task: Task) -> Path:
        """The file for what the task prints."""
        return self.folder / f"{task.name}.log"


def stage_names(tasks: Iterable[Task]) -> tuple[str, ...]:
    """The stages of ``tasks``, each once, in order."""
    return tuple(dict.fromkeys(task.stage for task in tasks))
