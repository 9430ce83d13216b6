"""The settings of a run of crop_align.py: the faces that count, and how they are cropped."""

from dataclasses import dataclass

from facedancer.utils.errors import UserError


@dataclass(frozen=True)
class CropSettings:
    """The way to find and crop faces.

    The defaults keep every face that the detector is sure of: what is too small, too blurred or too
    far turned depends on what the crops are for, and a threshold can be applied to the list later.

    Attributes:
        side: the crops' side in pixels.
        shrink_factor: below 1 keeps more background, see `utils.alignment.template`.
        min_size: photographs with a shorter side, in pixels, give no crop.
        suffix: file format of the crops, ``".jpg"`` or ``".png"``.
        identities: whether the first sub-folder names the person; otherwise nobody is known.
        faces: ``"largest"`` for a photograph's largest face, ``"all"`` for each.
        min_score: least confidence of the detector, 0..1.
        min_face: least shorter side of a face's box, in the photograph's pixels.
        min_sharpness: least `face_quality.sharpness`.
        max_yaw: most degrees that a head may be turned to either side; 90 lets all pass.
        turned: look at photographs without a face again at 90, 180 and 270 degrees.
        enlarged: look at those without a face still once more at a larger scale.
        batch_size: pictures in one pass of the detector.
    """

    side: int = 256
    shrink_factor: float = 1.0
    min_size: int = 128
    suffix: str = ".jpg"
    identities: bool = True
    faces: str = "largest"
    min_score: float = 0.6
    min_face: float = 0.0
    min_sharpness: float = 0.0
    max_yaw: float = 90.0
    turned: bool = True
    enlarged: bool = True
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.side < 16:
            raise UserError(f"--image_size={self.side} is too small for a face: use 16 or more")
        if not 0.1 <= self.shrink_factor <= 2:
            raise UserError(f"--shrink_factor={self.shrink_factor} is out of range: use 0.1 to 2")
        if not 0 <= self.min_score < 1:
            raise UserError(f"--min_score={self.min_score} is out of range: use 0 to 0.99")
        if not 0 < self.max_yaw <= 90:
            raise UserError(
                f"--max_yaw={self.max_yaw} is out of range: use more than 0, up to 90 degrees"
            )
        if self.batch_size < 1:
            raise UserError(f"--batch_size={self.batch_size}: use 1 or more")
