"""The training flags and the frozen dataclass that they are read into."""

import dataclasses
from pathlib import Path
from typing import Any

from facedancer.dataset.samplings import SAMPLINGS
from facedancer.losses.profiles import PROFILES
from facedancer.losses.terms import GENERATOR_TERMS, WEIGHED_TERMS, LossWeights
from facedancer.networks.up_types import UP_TYPES
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import check_ranges, flag_field
from facedancer.utils.flags.paths import split_paths
from facedancer.utils.flags.trust import TrustSettings
from facedancer.utils.weights.published import download_command

from .ifsr import IfsrSettings
from .variety import VarietySettings

# One flag for each row of the objectives that has one: `losses.terms` is where they are added.
_LossFlags = dataclasses.make_dataclass(
    "_LossFlags",
    [
        (f"{name}_weight", float, flag_field(term.weight, term.flag_help, 0, group="losses"))
        for name, term in WEIGHED_TERMS.items()
    ],
    frozen=True,
)
# Of the generator's terms those that are about same pairs, or hold the swap back.
_TEACH_NO_SWAP = {"reconstruction", "perceptual", "ifsr"}


@dataclasses.dataclass(frozen=True)
class TrainConfig(_LossFlags, IfsrSettings, VarietySettings, TrustSettings):
    """One training run. Each field is the flag of the same name; the defaults are the paper's.

    The losses' weights, ``adversarial_weight`` and so on, are the rows of `losses.terms`, the
    paper's eq. 7: each multiplies its raw term, and 0 leaves the term's work out.

    Raises:
        UserError: a value is missing or out of its range.
    """

    data: str = flag_field(
        "",
        "folder of TFRecord shards, from dataset/dataset_sharding.py; or several: A,B",
        aliases=("train_data",),
        needed=True,
    )
    data_weights: tuple[float, ...] = flag_field(
        (),
        "how often to draw from each of several folders, such as 3,1; empty: by their sizes",
        group="data",
    )
    sampling: str = flag_field(
        "image",
        f"what is drawn equally often: {'; '.join(SAMPLINGS.values())}",
        choices=tuple(SAMPLINGS),
        group="data",
    )
    skip_corrupt: bool = flag_field(
        False,
        "go on over damaged records, which data/skipped_records counts, and not stop",
        group="data",
    )
    run_dir: str = flag_field(
        "", "folder of this run: flags, checkpoints, logs, samples, generator", needed=True
    )
    resume: bool = flag_field(
        False,
        "go on with the run in --run_dir although its data, rates or seed were others",
        stored=False,
        group="run",
    )
    any_encoder: bool = flag_field(
        False,
        "begin with a generator that learnt by another encoder than --encoder, too",
        group="run",
    )
    init_generator: str = flag_field(
        "",
        "begin with this generator's weights: a .keras file, the folder of a run or a checkpoint, "
        "a published .h5, or a SavedModel folder of ours",
        group="run",
    )
    init_run: str = flag_field(
        "",
        "begin with the last checkpoint of this other run: both networks, their optimizers and the "
        "step; with other data or losses than it had",
        group="run",
    )
    validation_data: str = flag_field(
        "",
        "folder, or several, for the sample grid and the validation pass; empty: --data",
        group="data",
    )
    strategy: str = flag_field(
        "mirrored",
        "devices: mirrored, every GPU of this machine; multi_worker, several machines' (TF_CONFIG)",
        choices=("mirrored", "multi_worker"),
        group="run",
    )

    up_types: tuple[str, ...] = flag_field(
        ("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        f"fusion of each decoder stage, the lowest resolution first, of {', '.join(UP_TYPES)}",
        group="networks",
    )
    mapping_depth: int = flag_field(
        4, "layers of the mapping network; 0: none (configuration E)", 0, group="networks"
    )
    mapping_size: int = flag_field(512, "width of the mapping network", 1, group="networks")
    image_size: int = flag_field(256, "side of the crops: 64, 128, 256 or 512", group="networks")
    base_width: int = flag_field(
        64, "channels at the top resolution; all other widths follow", 1, group="networks"
    )
    separable: bool = flag_field(
        False,
        "depthwise-separable 3x3 convolutions in the generator, for small devices",
        group="networks",
    )

    encoder: str = flag_field(
        "auto",
        "identity encoder: a file or a SavedModel folder; untrained_small, a stand-in that knows "
        "no identity; or auto, model_zoo's ArcFace-Res50 where it is, else the stand-in, for short "
        "trials only",
        aliases=("arcface_path",),
        group="networks",
    )
    perceptual_features: str = flag_field(
        "auto",
        f"perceptual features: imagenet (VGG16, by {download_command('vgg16')}); a file of VGG16 "
        "weights; mobilenet_v2, the stand-in that ships; or auto, VGG16 where it is in model_zoo/, "
        "else mobilenet_v2",
        group="networks",
    )

    loss_profile: str = flag_field(
        "paper", "the paper's losses or the released code's", choices=PROFILES, group="losses"
    )

    batch_size: int = flag_field(10, "pairs a step, over all replicas", 1, group="optimisation")
    total_steps: int = flag_field(
        300_000, "steps of the whole run, resumed parts included", 1, group="optimisation"
    )
    learning_rate: float = flag_field(
        1e-4, "Adam's, for both networks (beta1 0, beta2 0.99)", 1e-12, group="optimisation"
    )
    learning_rate_decay: float = flag_field(
        0.97, "factor per --learning_rate_decay_steps", 1e-12, 1, group="optimisation"
    )
    learning_rate_decay_steps: int = flag_field(
        100_000, "see --learning_rate_decay; applied smoothly", 1, group="optimisation"
    )
    same_ratio: float = flag_field(0.2, "chance that a pair is one image twice", 0, 1, group="data")
    same_identity_ratio: float = flag_field(
        0.0, "share of further pairs that are two images of one identity", 0, 1, group="data"
    )
    truth_share: float = flag_field(
        0.0,
        "share of the other pairs whose answer is known: the twin of a crop gets its own face back "
        "from another picture of the person (dataset_sharding.py --twins), or --triplets",
        0,
        1,
        group="data",
    )
    triplets: str = flag_field(
        "",
        "for --truth_share: a folder of target/NAME.png, source/NAME.png and answer/NAME.png, "
        "aligned crops of any origin, in place of twins",
        group="data",
    )
    precision: str = flag_field(
        "float32",
        "dtype policy of the networks; the identity encoder stays in float32",
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
        group="networks",
    )
    jit_compile: str = flag_field(
        "auto",
        "whether XLA compiles the networks: auto, where there is a GPU; on; off",
        choices=("auto", "on", "off"),
        group="networks",
    )
    seed: int = flag_field(
        0, "seed of the weights and of the data's order", 0, 2**31 - 1, group="optimisation"
    )

    accumulate: int = flag_field(
        1,
        "batches whose gradients are averaged for one step: a larger batch in the same memory",
        1,
        group="optimisation",
    )
    penalty_every: int = flag_field(
        1,
        "steps between two gradient penalties, each weighted by this number (16 saves time)",
        1,
        group="optimisation",
    )
    ema: float = flag_field(
        0.0,
        "decay of a running average of the generator, shown and saved in its place; 0: none",
        0,
        group="optimisation",
    )
    steps_per_call: int = flag_field(
        1, "steps that the device does between two words to the host", 1, group="optimisation"
    )

    log_every: int = flag_field(50, "steps between two logged sets of scalars", 1, group="watching")
    sample_every: int = flag_field(1_000, "steps between two sample grids", 1, group="watching")
    sample_photographs: str = flag_field(
        "", "folder of photographs, eight of which the sample grids show too", group="watching"
    )
    validate_every: int = flag_field(
        5_000, "steps between two validation passes", 1, group="watching"
    )
    alarm_after: int = flag_field(
        20_000,
        "steps by which the swap must be nearer to the source's identity, else ALARM",
        0,
        group="watching",
    )
    checkpoint_every: int = flag_field(5_000, "steps between two checkpoints", 1, group="run")
    keep_checkpoints: int = flag_field(
        5, "how many of the newest stay, and the best too", 1, group="run"
    )
    profile_steps: int = flag_field(
        0,
        "steps to profile for TensorBoard, after the first ten of this start; 0: none",
        0,
        group="watching",
    )

    def __post_init__(self) -> None:
        if not self.data:
            raise UserError(
                "--data is missing: name the folder of shards that "
                "dataset/dataset_sharding.py wrote"
            )
        if not self.run_dir:
            raise UserError("--run_dir is missing: name this run's folder, e.g. runs/config_c")
        check_ranges(self)
        if self.ema >= 1:
            raise UserError(f"--ema must be below 1 (0.999 is usual), not {self.ema}")
        self.check_ifsr(self.ifsr_weight)
        if self.init_generator and self.init_run:
            raise UserError("--init_generator and --init_run exclude each other: give one")
        teachers = {term.name for term in GENERATOR_TERMS} - _TEACH_NO_SWAP
        if not any(getattr(self.loss_weights, name) for name in teachers):
            raise UserError("the weights leave the generator nothing to learn a swap from")

    @property
    def train_folders(self) -> tuple[str, ...]:
        """The folders of ``data``."""
        return tuple(split_paths(self.data))

    @property
    def validation_folders(self) -> tuple[str, ...]:
        """The folders of ``validation_data``, or where it is empty of ``data``."""
        return tuple(split_paths(self.validation_data or self.data))

    @property
    def loss_weights(self) -> LossWeights:
        """The weights of the loss terms by the terms' names."""
        return LossWeights(**{name: getattr(self, f"{name}_weight") for name in WEIGHED_TERMS})

    @property
    def pair_settings(self) -> dict[str, Any]:
        """The rules of drawing pairs, as `dataset.pairs.PairDraw` and `make_dataset` take them."""
        return {
            "weights": self.data_weights,
            "sampling": self.sampling,
            "same_probability": self.same_ratio,
            "same_identity_ratio": self.same_identity_ratio,
            "seed": self.seed,
        }

    @property
    def truth_settings(self) -> dict[str, Any]:
        """The rules of known answers, as `make_dataset` takes them."""
        return {"truth_share": self.truth_share, "triplets": self.triplets}

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the full training states."""
        return Path(self.run_dir) / "checkpoints"

    @property
    def generator_path(self) -> Path:
        """The generator alone, as of the last checkpoint."""
        return Path(self.run_dir) / "generator.keras"
