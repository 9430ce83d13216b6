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
        seeds: of each swapper that is trained repeatedly.
        twins: share of the training pictures that are drawn with another's face too.
        left_out: swappers that nobody can ask for; what others build on is trained all the same.
        times: whether time and memory of generators are measured, with nothing else at work.
        swapper_flagfile: what a configuration's own flags are followed by.
        network_flagfile: the same for the networks that judge, and the student.
        precision: of all trainings, as their flag has it; empty: as their flagfiles say.
    """

    identities: int
    judge_identities: int
    images: int
    held_out: int
    held_out_images: int
    gated: int
    pairs: int
    seeds: int = 3
    twins: float = 0.5
    left_out: frozenset[str] = frozenset()
    times: bool = True
    swapper_flagfile: str | None = None
    network_flagfile: str | None = None
    precision: str = ""


# What fits into about eleven hours of two cores, see docs/lab.md.
FULL = Scale(
    identities=3_000,
    judge_identities=4_500,
    images=15,
    held_out=300,
    held_out_images=10,
    gated=300,
    pairs=2_000,
)
QUICK = Scale(
    identities=80,
    judge_identities=60,
    images=8,
    held_out=32,
    held_out_images=6,
    gated=16,
    pairs=100,
    seeds=2,
    # One of each kind is enough to see the road.
    left_out=frozenset(
        (LONGER, "baseline_1", "baseline_2", "b", "d", "e", "c_twins_affa")
        + ("b_fixed", "b_relative", "b_adaptive", "c_fixed", "c_adaptive")
    ),
    times=False,
    swapper_flagfile="flags/lab/quick.cfg",
    network_flagfile="flags/lab/quick_networks.cfg",
)
