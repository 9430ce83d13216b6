"""The names of a swapper's runs, a seed each."""

import re

_SEED = re.compile(r"_seed([1-9]\d*)$")


def seeded(name: str, seed: int) -> str:
    """The run's name of a swapper's ``seed``-th seed, counted from 0: the first has its own."""
    return f"{name}_seed{seed}" if seed else name


def seed_of(run: str) -> int:
    """The seed in a run's name, counted from 0."""
    found = _SEED.search(run)
    return int(found[1]) if found else 0


def swapper_of(run: str) -> str:
    """The swapper of a run's name."""
    return _SEED.sub("", run)
