"""The factor of pixel boost, chosen by the user or by the generator's size."""

from facedancer.utils.errors import UserError

# Crops of at least this side are not enlarged by default.
_ENOUGH = 128
AUTO = "auto"
CHOICES = (AUTO, "1", "2", "4")


def choose_factor(wanted: str, side: int) -> int:
    """Chooses how many times the generator's side the swapped crop has.

    Args:
        wanted: one of `CHOICES`. ``auto``: 2 for a generator whose crops are smaller than 128
            pixels, else 1.
        side: of the generator's crops, pixels.

    Raises:
        UserError: something else.
    """
    if wanted not in CHOICES:
        raise UserError(f"no pixel boost {wanted!r}: use one of {', '.join(CHOICES)}")
    if wanted == AUTO:
        return 2 if side < _ENOUGH else 1
    return int(wanted)
