"""The colours of hair and irises: linear RGB reflectances."""

import numpy as np

# Black, dark brown, brown, auburn, copper, dark blond, blond.
HAIR = np.array(
    [
        [0.012, 0.010, 0.009],
        [0.030, 0.019, 0.013],
        [0.075, 0.042, 0.024],
        [0.110, 0.040, 0.019],
        [0.270, 0.085, 0.028],
        [0.230, 0.140, 0.070],
        [0.430, 0.300, 0.160],
    ]
)
GREY = np.array([0.30, 0.295, 0.285])
# Blue, green, pink, red, violet.
VIVID = np.array(
    [
        [0.030, 0.090, 0.280],
        [0.040, 0.190, 0.100],
        [0.450, 0.130, 0.240],
        [0.280, 0.018, 0.022],
        [0.130, 0.040, 0.230],
    ]
)
# Dark brown, brown, hazel, green, grey, blue.
IRIS = np.array(
    [
        [0.022, 0.011, 0.006],
        [0.075, 0.032, 0.012],
        [0.130, 0.085, 0.028],
        [0.090, 0.140, 0.060],
        [0.160, 0.190, 0.210],
        [0.080, 0.180, 0.340],
    ]
)


def between(palette: np.ndarray, place: float) -> np.ndarray:
    """``[3]``: the colour at a place 0..N-1 of a palette ``[N, 3]``, mixed of its neighbours."""
    place = float(np.clip(place, 0, len(palette) - 1))
    below = min(int(place), len(palette) - 2)
    part = place - below
    return palette[below] * (1 - part) + palette[below + 1] * part
