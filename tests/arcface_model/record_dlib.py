"""Records dlib's own answers to chips out of the photographs that ship, as dlib_answers.npy.

In an environment that has dlib-bin, numpy and pillow:

    python tests/arcface_model/record_dlib.py dlib_face_recognition_resnet_model_v1.dat

A chip's last 18 rows are dlib's mean colour, rounded, for our network has nothing else there.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOGRAPHS = Path(__file__).parents[2] / "assets" / "photos"


def chips() -> np.ndarray:
    """``[3, 150, 150, 3]`` uint8 RGB: two faces, and the first one mirrored."""
    collins = np.array(Image.open(PHOTOGRAPHS / "eileen_collins" / "astronaut.png").convert("RGB"))
    hopper = np.array(Image.open(PHOTOGRAPHS / "grace_hopper" / "grace_hopper.jpg").convert("RGB"))
    first, second = collins[45:195, 148:298], hopper[100:400:2, 110:410:2]
    result = np.stack([first, second, first[:, ::-1]])
    result[:, 132:] = (123, 117, 104)
    return result


if __name__ == "__main__":
    import dlib  # not at the top: the test takes `chips`

    network = dlib.face_recognition_model_v1(sys.argv[1])
    answers = [network.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips()]
    np.save(Path(__file__).with_name("dlib_answers.npy"), np.float32(answers))
