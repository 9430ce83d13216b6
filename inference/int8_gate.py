"""Holds a generator in 8 bits to its pictures in float32."""

import numpy as np

from facedancer.networks.loading.generator import Generator
from facedancer.utils.alignment import align_face
from facedancer.utils.commands import HOUSE
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, uint8_to_signed

from .identity_networks import IdentityNetworks

_PHOTOGRAPHS = HOUSE / "assets" / "photos"
# In dB: below it a swap may show the rounding.
LEAST_PSNR = 35.0


def psnr_to(exact: Generator, rounded: Generator, networks: IdentityNetworks) -> float:
    """The least PSNR of two faces' pictures, by a rounded generator and by the exact one.

    Of the sample photographs, each face gets the other's identity. Both pictures are clipped to
    [-1, 1], as they are shown; the peak is that whole range.

    Args:
        exact: in float32.
        rounded: the same in 8 bits.
        networks: find the faces and tell their identities.
    """
    pictures = [read_image(path) for path in sorted(_PHOTOGRAPHS.glob("*/*.[jp]*g"))]
    side = exact.image_size
    crops = [
        align_face(picture, networks.detector.detect(picture)[0].landmarks, side)[0]
        for picture in pictures
    ]
    identities = np.stack([networks.identity_of(picture) for picture in pictures])[::-1]
    inputs = uint8_to_signed(np.stack(crops)), np.ascontiguousarray(identities)
    found, wanted = (
        np.clip(np.asarray(generator(*inputs), np.float64), -1, 1) for generator in (rounded, exact)
    )
    errors = np.square(found - wanted).mean(axis=(1, 2, 3))
    return float(10 * np.log10(4 / np.maximum(errors, 1e-12)).min())


def check_psnr(psnr: float) -> None:
    """Refuses a generator whose pictures suffer.

    Raises:
        UserError: it is below `LEAST_PSNR`.
    """
    if not psnr >= LEAST_PSNR:
        raise UserError(
            f"in int8 this generator's pictures have a PSNR of {psnr:.0f} dB against float32, "
            f"below the required {LEAST_PSNR:.0f} dB: leave out --precision=int8"
        )
