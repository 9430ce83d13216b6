"""The flags of the pairs that a swap training draws, and of their augmentation."""

import dataclasses
from typing import Any

from facedancer.dataset.samplings import SAMPLINGS
from facedancer.utils.flags.fields import flag_field

_GROUP = "data"


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """The pairs: who meets whom, how often, and what of it is known; see `dataset.pipeline`."""

    data_weights: tuple[float, ...] = flag_field(
        (),
        "relative sampling weight of each folder of --data, such as 3,1; empty: in proportion to "
        "their sizes",
        group=_GROUP,
    )
    sampling: str = flag_field(
        "image",
        f"draw with equal frequency: {'; '.join(SAMPLINGS.values())}",
        choices=tuple(SAMPLINGS),
        group=_GROUP,
    )
    skip_corrupt: bool = flag_field(
        False,
        "skip damaged records instead of stopping; data/skipped_records in the log counts them",
        group=_GROUP,
    )
    same_ratio: float = flag_field(
        0.2, "probability that target and source are the same image", 0, 1, group=_GROUP
    )
    same_identity_ratio: float = flag_field(
        0.0,
        "share of all pairs that are two different images of the same person",
        0,
        1,
        group=_GROUP,
    )
    truth_share: float = flag_field(
        0.0,
        "share of pairs, same pairs not counted, whose right answer is known, for --truth_weight: "
        "a crop with a twin gets its own face back from another picture of the person "
        "(dataset_sharding.py --twins); or --triplets",
        0,
        1,
        group=_GROUP,
    )
    triplets: str = flag_field(
        "",
        "for --truth_share: folder of target/NAME.png, source/NAME.png and answer/NAME.png to use "
        "instead of twins; aligned crops of any origin",
        group=_GROUP,
    )
    # The paper changes brightness, contrast and saturation alone.
    camera: float = flag_field(
        0.0,
        "strength of camera degradations, to train on rendered pictures: noise, motion blur, "
        "white balance, mixed light, tone and saturation, photo and video compression; 0: none",
        0,
        1,
        group=_GROUP,
    )
    geometry: float = flag_field(
        0.0,
        "strength of random shifts, rotations, scales and mirroring of the crops; 0: none",
        0,
        1,
        group=_GROUP,
    )

    @property
    def pair_settings(self) -> dict[str, Any]:
        """The rules of drawing pairs, as `dataset.pairs.PairDraw` and `make_dataset` take them."""
        return {
            "weights": self.data_weights,
            "sampling": self.sampling,
            "same_probability": self.same_ratio,
            "same_identity_ratio": self.same_identity_ratio,
        }

    @property
    def truth_settings(self) -> dict[str, Any]:
        """The rules of known answers, as `make_dataset` takes them."""
        return {"truth_share": self.truth_share, "triplets": self.triplets}

    @property
    def code_settings(self) -> dict[str, dict[str, int]]:
        """The labels that a generator is given with the identity, as `make_dataset` takes them."""
        return {}

    @property
    def variety_settings(self) -> dict[str, float]:
        """The random changes of pictures, as `make_dataset` takes them."""
        return {"camera": self.camera, "geometry": self.geometry}
