"""The swappers that the lab compares, by name."""

from .further_runs import FURTHER
from .seeds import seed_of, swapper_of

CONFIGURATIONS = ("baseline_1", "baseline_2", "a", "b", "c", "d", "e")
# The paper's claims say most of these: each is trained with several seeds.
REPEATED = ("a", "b", "c")
# IFSR's margins come from a swapper that was trained without it.
MARGINS_FROM = "a"
# A configuration that is trained on: not one of those that are compared, but the best there is.
LONGER, LONGER_OF = "c_long", "c"
# One of these ships: chosen by ID on people that nothing else is done with.
CANDIDATES = ("c", "d", LONGER)
# Below a lab's folder: the gates' numbers; an evaluation of each of the candidates.
GATES_FILE = "gates.json"
CHOICE_FOLDER = "choice"
# Below it as well: FID of pictures without a camera's noise, and what a difference of it means.
FID_FOLDER, SENSITIVITY_FOLDER = "fid", "fid_sensitivity"
# And the pictures of those that evaluation cannot make itself.
SWAPS_FOLDER = "swaps"
# A small generator that learns from a configuration: docs/edge.md.
STUDENT, TEACHER = "edge", "c"
# A network for real faces, which has seen nobody of the lab: it judges next to the lab's own.
OTHER_JUDGE = "faceres"
# Swappers that need no training: what they score is each metric's end.
TRIVIAL = ("target", "source")
# What a perfect swapper would give, rendered: the source's face; and the whole head, hair and
# glasses too, as swappers give that paint these. See `pictures.rendered_swaps`.
TRUTH, HEAD = "truth", "head"
REFERENCES = (*TRIVIAL, TRUTH, HEAD)
# What a configuration's name goes on with, for people.
_FURTHER = {"twins_affa": "twins, AFFA last", "shape": "shape loss"}


def name_of(run: str) -> str:
    """A swapper's name for people, or that of one of its runs."""
    name, seed = swapper_of(run), seed_of(run)
    if seed:
        return f"{name_of(name)}, seed {seed}"
    if name in REFERENCES:
        return f"output = {name}"
    if name in FURTHER:
        return FURTHER[name].words
    if name == LONGER:
        return f"{name_of(LONGER_OF)} longer"
    first, _, rest = name.partition("_")
    if first in CONFIGURATIONS and rest:
        return f"{first.upper()} ({_FURTHER.get(rest, rest)})"
    return name.replace("_", " ").capitalize()
