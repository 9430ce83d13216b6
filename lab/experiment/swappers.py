"""The swappers that the lab compares, by name."""

CONFIGURATIONS = ("baseline_1", "baseline_2", "a", "b", "c", "d", "e")
# IFSR's margins come from a swapper that was trained without it.
MARGINS_FROM = "a"
# A small generator that learns from a configuration: docs/edge.md.
STUDENT, TEACHER = "edge", "c"
TRAINED = (*CONFIGURATIONS, STUDENT)
# Swappers that need no training: what they score is each metric's end.
TRIVIAL = ("target", "source")
# What a perfect swapper would give, rendered: `pictures.rendered_swaps`.
TRUTH = "truth"
REFERENCES = (*TRIVIAL, TRUTH)


def name_of(name: str) -> str:
    """A swapper's name for people."""
    if name in REFERENCES:
        return f"output = {name}"
    return name.replace("_", " ").capitalize()
