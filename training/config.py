"""The training flags and the frozen dataclass that they are read into."""

import dataclasses
import math
import typing
from pathlib import Path
from typing import Any

from absl import flags

from facedancer.dataset.sampling import SAMPLINGS
from facedancer.losses.profiles import PROFILES
from facedancer.utils.cli import UserError


def _flag(
    default: Any,  # noqa: ANN401 - a flag's default is of the field's own type
    text: str,
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:  # noqa: ANN401
    metadata = {"help": text, "least": least, "most": most, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """One training run. Each field is the flag of the same name; the defaults are the paper's.

    The weights multiply the raw terms of the paper's eq. 7; a weight of 0 leaves the term's work
    out.

    Raises:
        UserError: a value is missing or out of its range.
    """

    train_data: str = _flag(
        "", "folder of TFRecord shards, from dataset/dataset_sharding.py; or several: A,B"
    )
    data_weights: tuple[float, ...] = _flag(
        (), "how often to draw from each of several folders, such as 3,1; empty: by their sizes"
    )
    sampling: str = _flag(
        "image",
        "what is drawn equally often: each image; each identity; each range of the head's yaw",
        choices=SAMPLINGS,
    )
    skip_corrupt: bool = _flag(
        False, "go on over damaged records, which data/skipped_records counts, and not stop"
    )
    run_dir: str = _flag("", "folder of this run: flags, checkpoints, logs, samples, generator")
    resume: bool = _flag(
        False, "go on from the last checkpoint of --run_dir; start afresh where there is none"
    )
    init_generator: str = _flag(
        "",
        "begin with this generator's weights: a .keras file, the folder of a run or a checkpoint, "
        "or a published .h5",
    )
    init_run: str = _flag(
        "",
        "begin with the last checkpoint of this other run: both networks, their optimizers and the "
        "step; with other data or losses than it had",
    )
    validation_data: str = _flag(
        "", "folder, or several, for the sample grid and the validation pass; empty: --train_data"
    )
    strategy: str = _flag(
        "mirrored",
        "mirrored: every GPU of this machine; multi_worker: several machines, by TF_CONFIG",
        choices=("mirrored", "multi_worker"),
    )

    up_types: tuple[str, ...] = _flag(
        ("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        "fusion of each decoder stage, the lowest resolution first",
    )
    mapping_depth: int = _flag(4, "layers of the mapping network; 0: none (configuration E)", 0)
    mapping_size: int = _flag(512, "width of the mapping network", 1)
    image_size: int = _flag(256, "side of the crops: 64, 128, 256 or 512")
    base_width: int = _flag(64, "channels at the top resolution; all other widths follow", 1)

    arcface_path: str = _flag(
        "auto",
        "identity encoder: a weights file; untrained_small, a stand-in that knows no identity; or "
        "auto, model_zoo's ArcFace-Res50 where it is, else the stand-in, for short trials only",
    )
    perceptual_features: str = _flag(
        "auto",
        "imagenet (VGG16 by keras.applications); a file of VGG16 weights; mobilenet_v2, the "
        "stand-in that ships; or auto, VGG16 where its weights are at hand, else mobilenet_v2",
    )

    loss_profile: str = _flag(
        "paper", "the paper's losses or the released code's", choices=PROFILES
    )
    adversarial_weight: float = _flag(1.0, "weight of the adversarial term", 0)
    identity_weight: float = _flag(10.0, "weight of the identity term, eq. 3", 0)
    reconstruction_weight: float = _flag(5.0, "weight of the reconstruction term, eq. 4", 0)
    perceptual_weight: float = _flag(0.2, "weight of the perceptual term, eq. 5", 0)
    cycle_weight: float = _flag(1.0, "weight of the cycle term, eq. 6", 0)
    ifsr_weight: float = _flag(1.0, "weight of IFSR, eq. 2; 0: none (configuration A)", 0)
    gradient_penalty_weight: float = _flag(10.0, "weight of the discriminator's penalty", 0)
    ifsr_scale: float = _flag(1.2, "margin scale s of eq. 2; lower is stricter", 0)

    batch_size: int = _flag(10, "pairs a step, over all replicas", 1)
    total_steps: int = _flag(300_000, "steps of the whole run, resumed parts included", 1)
    learning_rate: float = _flag(1e-4, "Adam's, for both networks (beta1 0, beta2 0.99)", 1e-12)
    learning_rate_decay: float = _flag(0.97, "factor per --learning_rate_decay_steps", 1e-12, 1)
    learning_rate_decay_steps: int = _flag(
        100_000, "see --learning_rate_decay; applied smoothly", 1
    )
    same_ratio: float = _flag(0.2, "chance that a pair is one image twice", 0, 1)
    same_identity_ratio: float = _flag(
        0.0, "share of pairs, beside those, that are two images of one identity", 0, 1
    )
    precision: str = _flag(
        "float32",
        "dtype policy of the networks; the identity encoder stays in float32",
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
    )
    seed: int = _flag(0, "seed of the weights and of the data's order", 0, 2**31 - 1)

    accumulate: int = _flag(
        1, "batches whose gradients are averaged for one step: a larger batch in the same memory", 1
    )
    penalty_every: int = _flag(
        1, "steps between two gradient penalties, each weighted by this number (16 saves time)", 1
    )
    ema: float = _flag(
        0.0, "decay of a running average of the generator, shown and saved in its place; 0: none", 0
    )
    steps_per_call: int = _flag(1, "steps that the device does between two words to the host", 1)

    log_every: int = _flag(50, "steps between two logged sets of scalars", 1)
    sample_every: int = _flag(1_000, "steps between two sample grids", 1)
    validate_every: int = _flag(5_000, "steps between two validation passes", 1)
    alarm_after: int = _flag(
        20_000, "steps by which the swap must be nearer to the source's identity, else ALARM", 0
    )
    checkpoint_every: int = _flag(5_000, "steps between two checkpoints", 1)
    keep_checkpoints: int = _flag(5, "how many of the newest stay, beside the best", 1)
    profile_steps: int = _flag(
        0, "steps to profile for TensorBoard, after the first ten of this start; 0: none", 0
    )

    def __post_init__(self) -> None:
        if not self.train_data:
            raise UserError(
                "--train_data is missing: name the folder of shards that "
                "dataset/dataset_sharding.py wrote"
            )
        if not self.run_dir:
            raise UserError("--run_dir is missing: name this run's folder, e.g. runs/config_c")
        for field in dataclasses.fields(self):
            value, least, most = (
                getattr(self, field.name),
                field.metadata["least"],
                field.metadata["most"],
            )
            if isinstance(value, float) and not math.isfinite(value):
                raise UserError(f"--{field.name} must be a finite number, not {value}")
            if least is not None and value < least:
                raise UserError(f"--{field.name} must be at least {least}, not {value}")
            if most is not None and value > most:
                raise UserError(f"--{field.name} must be at most {most}, not {value}")
        if self.ema >= 1:
            raise UserError(f"--ema must be below 1 (0.999 is usual), not {self.ema}")
        if self.init_generator and self.init_run:
            raise UserError("--init_generator and --init_run exclude each other: give one")
        if not self.adversarial_weight + self.identity_weight + self.cycle_weight:
            # The other terms are about same pairs, or hold the swap back.
            raise UserError("the weights leave the generator nothing to learn a swap from")

    @property
    def train_folders(self) -> tuple[str, ...]:
        """The folders of ``train_data``."""
        return _names(self.train_data)

    @property
    def validation_folders(self) -> tuple[str, ...]:
        """The folders of ``validation_data``, or where it is empty of ``train_data``."""
        return _names(self.validation_data or self.train_data)

    @property
    def pair_settings(self) -> dict[str, Any]:
        """How pairs are drawn, as `dataset.pairs.PairDraw` and `make_dataset` take it."""
        return {
            "weights": self.data_weights,
            "sampling": self.sampling,
            "same_probability": self.same_ratio,
            "same_identity_ratio": self.same_identity_ratio,
            "seed": self.seed,
        }

    @property
    def checkpoint_dir(self) -> Path:
        """Where the full training state lies."""
        return Path(self.run_dir) / "checkpoints"

    @property
    def generator_path(self) -> Path:
        """The generator alone, as of the last checkpoint."""
        return Path(self.run_dir) / "generator.keras"


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines one absl flag for each field of `TrainConfig`."""
    types = typing.get_type_hints(TrainConfig)
    definers = {
        bool: flags.DEFINE_bool,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
        str: flags.DEFINE_string,
    }
    for field in dataclasses.fields(TrainConfig):
        text, choices = field.metadata["help"], field.metadata["choices"]
        if choices:
            flags.DEFINE_enum(field.name, field.default, choices, text, values)
        elif types[field.name] in definers:
            definers[types[field.name]](field.name, field.default, text, flag_values=values)
        else:
            flags.DEFINE_list(field.name, list(field.default), text, values)


def config_from_flags(values: flags.FlagValues) -> TrainConfig:
    """Reads the parsed flags into a `TrainConfig`."""
    fields = {field.name: values[field.name].value for field in dataclasses.fields(TrainConfig)}
    fields["up_types"] = tuple(fields["up_types"])
    try:
        fields["data_weights"] = tuple(map(float, fields["data_weights"]))
    except ValueError as error:
        raise UserError(f"--data_weights must be numbers, such as 3,1 ({error})") from error
    return TrainConfig(**fields)


def to_flagfile(config: TrainConfig) -> str:
    """The run's effective flags, one a line, to be given again by ``--flagfile``."""
    values = dataclasses.asdict(config)
    del values["resume"]  # How a run was started, not what it is.
    return "".join(f"--{name}={flag_text(value)}\n" for name, value in values.items())


def flag_text(value: Any) -> str:  # noqa: ANN401 - a flag's value is of the field's own type
    """A field's value as it is given on the command line."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))
