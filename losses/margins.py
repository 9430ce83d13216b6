"""The margins of IFSR's hinge (paper eq. 2): what they are by default, how flags hold them."""

import math
from collections.abc import Iterable, Mapping

from facedancer.utils.errors import UserError

# Block -> margin m_i, the deepest first: of the encoder's 16 blocks, counted from 0, those from 12
# down to 2. The paper says k = 2, n = 13 and prints no margin, so the released code's serve both
# profiles. They belong to one encoder and one swapper; evaluation/ifsr.py measures others.
MARGINS = {
    "conv4_block6_out": 0.121357,
    "conv4_block5_out": 0.128827,
    "conv4_block4_out": 0.117972,
    "conv4_block3_out": 0.109391,
    "conv4_block2_out": 0.097296,
    "conv4_block1_out": 0.089046,
    "conv3_block4_out": 0.044928,
    "conv3_block3_out": 0.048719,
    "conv3_block2_out": 0.047487,
    "conv3_block1_out": 0.047970,
    "conv2_block3_out": 0.035144,
}
MARGIN_SCALE = 1.2

# How the limits of the hinge come about: from m_i; from each pair's own faces; from these, with s
# following a goal. Block k's share of the faces' distance is r_k = RAMP[0] + RAMP[1] k, k counted
# from 0 over the encoder's blocks: a line through what the margins of a first swapper are of it.
MODES = ("fixed", "relative", "adaptive")
RAMP = (0.204, 0.042)
# The range of an adaptive s. Beyond the most, every block's limit lies past the source itself and
# the hinge is off; further out, s would only take longer to come back.
LEAST_SCALE, MOST_SCALE = 0.1, 4.0


def format_margins(margins: Mapping[str, float]) -> tuple[str, ...]:
    """Margins as a flag holds them: ``("conv4_block6_out=0.121357", ...)``."""
    return tuple(f"{block}={margin:.6g}" for block, margin in margins.items())


def parse_margins(entries: Iterable[str], blocks: Iterable[str]) -> dict[str, float]:
    """Reads what `format_margins` wrote.

    Args:
        entries: ``block=margin`` each.
        blocks: the names that an encoder has.

    Raises:
        UserError: an entry of another form, a block that is unknown or named twice, or a margin
            that no cosine distance can have.
    """
    blocks, margins = tuple(blocks), {}
    for entry in entries:
        block, _, text = entry.strip().partition("=")
        try:
            margin = float(text)
        except ValueError:
            margin = math.nan
        if block not in blocks:
            raise UserError(
                f"no such block for a margin: {entry!r}; write BLOCK=MARGIN, such as "
                f"conv4_block6_out=0.12, with one of the blocks {', '.join(blocks)}"
            )
        if not 0 <= margin <= 2:
            raise UserError(f"{entry!r} is not a margin: a cosine distance is 0 to 2")
        if block in margins:
            raise UserError(f"{block} has two margins: give only one")
        margins[block] = margin
    return margins
