"""The layouts of the small residual networks, by name.

They are for the lab's 64 px faces and a CPU of two cores, which trains one in 20 minutes to an
hour, see ``flags/lab``. All widths are multiples of 16, the length of the CPU's vectors: with 24 in
place of 16, a step took four times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Layout:
    """One such network.

    Attributes:
        bottleneck: whether a block is 1 x 1, 3 x 3, 1 x 1 with a quarter of the width between, as
            in ResNet50, or 3 x 3, 3 x 3 (He et al., "Deep Residual Learning for Image Recognition",
            CVPR 2016, figure 5).
        stem: width of the first convolution, which halves the side.
        pools: whether the side is halved once more before the first block, as in ResNet50.
        widths: of the four stages' outputs.
    """

    bottleneck: bool
    stem: int
    pools: bool
    widths: tuple[int, int, int, int]


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        # Blocks of half of the input's side to a sixteenth: at 64 px 32, 16, 8, 4, where ResNet50
        # at 112 px has 28, 14, 7, 4.
        "compact": Layout(bottleneck=False, stem=16, pools=False, widths=(16, 32, 64, 128)),
        # ResNet34 at half of its width, the last stage at a quarter: the file is half as large.
        "narrow_resnet34": Layout(bottleneck=False, stem=32, pools=True, widths=(32, 64, 128, 128)),
        # ResNet50 at a quarter of its width.
        "narrow_resnet50": Layout(bottleneck=True, stem=16, pools=True, widths=(64, 128, 256, 512)),
    }
)
