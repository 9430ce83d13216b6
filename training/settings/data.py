"""The flags of the pairs that a swap training draws, and of how it changes their pictures."""

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
        "how often to draw from each of several folders, such as 3,1; empty: by their sizes",
        group=_GROUP,
    )
    sampling: str = flag_field(
        "image",
        f"what is drawn equally often: {'; '.join(SAMPLINGS.values())}",
        choices=tuple(SAMPLINGS),
        group=_GROUP,
    )
    skip_corrupt: bool = flag_field(
        False,
        "go on over damaged records, which data/skipped_records counts, and not stop",
        group=_GROUP,
    )
    same_ratio: float = flag_field(0.2, "chance that a pair is one image twice", 0, 1, group=_GROUP)
    same_identity_ratio: float = flag_field(
        0.0, "share of further pairs that are two images of one identity", 0, 1, group=_GROUP
    )
    truth_share: float = flag_field(
        0.0,
        "share of the other pairs whose answer is known: the twin of a crop gets its own face back "
        "from another picture of the person (dataset_sharding.py --twins), or --triplets",
        0,
        1,
        group=_GROUP,
    )
    triplets: str = flag_field(
        "",
        "for --truth_share: a folder of target/NAME.png, source/NAME.png and answer/NAME.png, "
        "aligned crops of any origin, in place of twins",
        group=_GROUP,
    )
    # The paper changes brightness, contrast and saturation alone.
    camera: float = flag_field(
        0.0,
        "losses of real cameras, for rendered pictures: noise, motion, white balance, mixed light, "
        "compression of photographs and films; up to 1, 0 for none",
        0,
        1,
        group=_GROUP,
    )
    geometry: float = flag_field(
        0.0,
        "shifts, turns, scales and mirrors faces within their crops; up to 1, 0 for none",
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
