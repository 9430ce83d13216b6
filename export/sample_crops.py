"""Real face crops, to compare a converted network on and to see ranges of activations on."""

from pathlib import Path

import numpy as np

from facedancer.evaluation.swaps.face_set import faces_of_records
from facedancer.retinaface.detector import load_detector
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

PHOTOGRAPHS = Path(__file__).parents[1] / "assets" / "photos"


def sample_crops(data: str, count: int, side: int) -> np.ndarray:
    """Aligned crops.

    Args:
        data: folder of shards, whose crops are taken evenly; "": the two sample photographs, and
            their mirror images.
        count: how many at most.
        side: of the crops of photographs; records' have their own.

    Returns:
        ``[N, S, S, 3]`` uint8 RGB.

    Raises:
        UserError: no readable shards, or a checkout without the photographs.
    """
    if data:
        faces = faces_of_records(data)
        numbers = np.unique(np.linspace(0, faces.count - 1, min(count, faces.count)).astype(int))
        return faces.read(numbers.tolist())
    paths = sorted(path for path in PHOTOGRAPHS.glob("*/*.*") if path.suffix in (".png", ".jpg"))
    if not paths:
        raise UserError("the sample photographs are not here: give --data, a folder of shards")
    detector = load_detector()
    pictures = [read_image(path) for path in paths]
    crops = np.stack([align_face(p, detector.detect(p)[0].landmarks, side)[0] for p in pictures])
    return np.concatenate([crops, crops[:, :, ::-1]])[:count]
