"""The cosine from which on an encoder holds two faces for one person's."""

import keras

from .dlib_resnet import CROP_SIDE
from .interface import input_side
from .lite_encoder import LiteEncoder

# Of ArcFace and the lab's encoders.
_USUAL = 0.3
# Strangers are more alike to dlib's network. Its author's limit, a distance of 0.6, is a cosine of
# 0.5 between embeddings of the usual length. Of 133 pairs of two people in public photographs, 24
# reach 0.3, and 9 reach 0.5; the three pairs of one person, 0.71.
_DLIBS = 0.5


def one_person_cosine(encoder: keras.Model | LiteEncoder) -> float:
    """The least cosine between two embeddings of one person, where the user gives none.

    Args:
        encoder: in any form; dlib's is told by its side, which no other encoder has.
    """
    return _DLIBS if input_side(encoder) == CROP_SIDE else _USUAL
