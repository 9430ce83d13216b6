"""The amount of everything that a lab does."""

from dataclasses import dataclass

from .swappers import LONGER


@dataclass(frozen=True)
class Scale:
    """The amount of everything.

    Attributes:
        identities: people to train swappers on, and the encoder that they learn from.
        judge_identities: people to train the networks that judge on.
        images: pictures of each.
        held_out: people of each of the three sets that no network is trained on.
        held_out_images: pictures of each.
        gated: people of the gates, whole families.
        pairs: swaps that are evaluated.
        left_out: swappers that are not trained, whoever asks for them.
        times: whether time and memory of generators are measured, with nothing else at work.
        swapper_flagfile: what a configuration's own flags are followed by.
        network_flagfile: the same for the networks that judge, and the student.
    """

    identities: int
    judge_identities: int
    images: int
    held_out: int
    held_out_images: int
    gated: int
    pairs: int
    left_out: frozenset[str] = frozenset()
    times: bool = True
    swapper_flagfile: str | None = None
    network_flagfile: str | None = None


FULL = Scale(
    identities=3_000,
    judge_identities=3_000,
    images=25,
    held_out=300,
    held_out_images=20,
    gated=300,
    pairs=5_000,
)
QUICK = Scale(
    identities=120,
    judge_identities=80,
    images=10,
    held_out=50,
    held_out_images=8,
    gated=24,
    pairs=300,
    left_out=frozenset({LONGER}),
    times=False,
    swapper_flagfile="flags/lab/quick.cfg",
    network_flagfile="flags/lab/quick_networks.cfg",
)
