"""The shape code that HifiFace's lab form is given: exact labels in place of a 3D model's fit.

The original regresses a 3D model's coefficients from both pictures, and takes the source's identity
with the target's expression and pose. The renderer knows these numbers.
"""

# Label -> how many numbers, and how far apart these lie from person to person or face to face:
# decimetres; degrees; shares of a full movement.
SOURCE_LABELS = {"shape": (204, 0.03)}
TARGET_LABELS = {"pose": (3, 30.0), "expression": (52, 1.0)}
CODE_SIZE = sum(size for size, _ in (SOURCE_LABELS | TARGET_LABELS).values())


def sizes(labels: dict[str, tuple[int, float]]) -> dict[str, int]:
    """Counts the numbers of each label of `SOURCE_LABELS` or `TARGET_LABELS`."""
    return {name: size for name, (size, _) in labels.items()}


def unit_scales() -> list[float]:
    """Factors that bring each of a code's `CODE_SIZE` numbers to about 1."""
    labels = (SOURCE_LABELS | TARGET_LABELS).values()
    return [1.0 / spread for size, spread in labels for _ in range(size)]
