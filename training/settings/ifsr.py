"""The flags of IFSR's hinge (eq. 2), and what they mean block by block."""

import dataclasses
import math

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.losses.margins import (
    LEAST_SCALE,
    MARGIN_SCALE,
    MARGINS,
    MODES,
    MOST_SCALE,
    RAMP,
    format_margins,
    parse_margins,
)
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class IfsrSettings:
    """The limits beyond which a swap's features may not leave the target's.

    A class that takes this one calls `check_ifsr`.
    """

    ifsr_margins_mode: str = flag_field(
        "fixed",
        "threshold of IFSR's hinge: fixed, s m_i with --ifsr_margins; relative, s r_k times the "
        "pair's distance between target and source (--ifsr_ramp); adaptive, like relative, but s "
        "follows --ifsr_goal",
        choices=MODES,
        group="losses",
    )
    ifsr_scale: float = flag_field(
        MARGIN_SCALE,
        "margin scale s of eq. 2; lower is stricter. The initial s in adaptive mode",
        0,
        group="losses",
    )
    ifsr_margins: tuple[str, ...] = flag_field(
        format_margins(MARGINS),
        "margins m_i of eq. 2, as BLOCK=MARGIN; the default is the released code's. They fit one "
        "encoder only: for another, evaluation/ifsr.py writes them as a flagfile. Relative and "
        "adaptive use only the blocks' names",
        group="losses",
    )
    ifsr_ramp: tuple[float, ...] = flag_field(
        RAMP,
        "A,B of the factor r_k = A + B k of relative and adaptive, for block k of the encoder, "
        "counted from 0",
        group="losses",
    )
    ifsr_goal: float = flag_field(
        0.6,
        "for adaptive: mean cosine of swap and source by --encoder that s aims at. Below it, the "
        "hinge loosens",
        0,
        1,
        group="losses",
    )

    def check_ifsr(self, weight: float) -> None:
        """Looks at what a range alone does not tell.

        Args:
            weight: of the term.

        Raises:
            UserError: flags that do not fit each other.
        """
        if weight and not self.margins:
            raise UserError("--ifsr_margins names no block: give at least one, or --ifsr_weight=0")
        if self.is_relative:
            self._check_shares()
        if self.ifsr_margins_mode == "adaptive" and not (
            LEAST_SCALE <= self.ifsr_scale <= MOST_SCALE
        ):
            raise UserError(
                f"--ifsr_scale={self.ifsr_scale} is out of range for --ifsr_margins_mode=adaptive: "
                f"give {LEAST_SCALE} to {MOST_SCALE}"
            )

    @property
    def margins(self) -> dict[str, float]:
        """``ifsr_margins`` by block."""
        return parse_margins(self.ifsr_margins, BLOCK_NAMES)

    @property
    def hinge_factors(self) -> dict[str, float]:
        """Factors that the scale multiplies, by block: m_i, or r_k if the limits are relative."""
        return self._shares() if self.is_relative else self.margins

    @property
    def is_relative(self) -> bool:
        """True if each pair has limits of its own."""
        return self.ifsr_margins_mode != "fixed"

    def _shares(self) -> dict[str, float]:
        first, step = self.ifsr_ramp
        return {block: first + step * BLOCK_NAMES.index(block) for block in self.margins}

    def _check_shares(self) -> None:
        if len(self.ifsr_ramp) != 2:
            raise UserError(f"--ifsr_ramp={self.ifsr_ramp}: give two numbers, such as 0.204,0.042")
        for block, share in self._shares().items():
            if not (math.isfinite(share) and share >= 0):
                raise UserError(
                    f"--ifsr_ramp gives {block} the factor {share}: it must not be negative"
                )
