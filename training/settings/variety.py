"""The flags that make more of the training pictures than they are."""

import dataclasses

from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class VarietySettings:
    """Random changes of target and source, each on its own; the paper has neither of these."""

    camera: float = flag_field(
        0.0,
        "losses of real cameras, for rendered pictures: noise, motion, white balance, mixed light, "
        "compression of photographs and films; up to 1, 0 for none",
        least=0,
        most=1,
        group="data",
    )
    geometry: float = flag_field(
        0.0,
        "shifts, turns, scales and mirrors faces within their crops; up to 1, 0 for none",
        least=0,
        most=1,
        group="data",
    )

    @property
    def variety_settings(self) -> dict[str, float]:
        """The same as `dataset.pipeline.make_dataset` takes them."""
        return {"camera": self.camera, "geometry": self.geometry}
