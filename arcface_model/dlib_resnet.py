"""dlib's face recognition network as an identity encoder: trained on photographs, free of terms.

Davis King's ResNet of 29 convolutions, ``dlib_face_recognition_resnet_model_v1``. It looks at a
chip of 150 px, on which the eyes lie higher than on ArcFace's crop and the chin lies deeper. From
the template of `utils.alignment` to the same five points of dlib's mean face, a quarter of its size
kept around it, leads a similarity of scale 1.449 and 0.3 degrees: a crop of 162 px has the chip's
scale, and the chip is cut from it without another resampling. The 18 rows below the crop's end are
the mean colour, which is 0 in the network.
"""

import keras
from keras import layers

from .interface import EMBEDDING_SIZE

# Of the crop, and where the chip begins in it.
CROP_SIDE, CHIP_SIDE = 162, 150
CHIP_TOP, CHIP_LEFT = 30, 8
# What the network itself gives; the interface's other numbers are 0.
DLIB_SIZE = 128
# dlib's numbers lie about 0.05 from their mean: so much larger they are as large as others'.
SCALE = 16.0
# Of the embeddings that it gives real faces: 8.5 to 11.5 for seventeen faces in public photographs.
# Its last layer does not tell, unlike one that a batch normalisation follows.
LENGTH = 10.0
NAME = "dlib_resnet"

# dlib takes 0..255, less the mean of its pictures, over 256.
_MEAN = (122.782, 117.001, 104.298)
# Width and number of each stage's blocks. The last stage, a block of 2 x 2 places that is pooled at
# once, is none of the interface's.
_STAGES = {"conv2": (32, 3), "conv3": (64, 4), "conv4": (128, 3), "conv5": (256, 3)}
_LAST = ("conv6", (256, 1))


def get_dlib_encoder() -> keras.Model:
    """dlib's network with fresh weights: ``[B, 162, 162, 3]`` unit RGB -> the interface's dict.

    Its batch normalisations are folded into the convolutions. ``"embedding"`` is `SCALE` times
    (dlib's 128 numbers less their mean over many faces), then zeros: with the mean in it, the
    cosine between strangers would be 0.9. The blocks are 13 of `BLOCK_NAMES`.
    """
    image = keras.Input((CROP_SIDE, CROP_SIDE, 3), name="image")
    blocks: dict[str, keras.KerasTensor] = {}
    x = layers.Conv2D(32, 7, 2, name="conv1")(_chip(image))
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ReLU(name="conv1_relu")(x))
    for stage, (width, count) in (*_STAGES.items(), _LAST):
        for number in range(1, count + 1):
            halves = number == 1 and stage != "conv2"
            x = _block(x, width, halves, f"{stage}_block{number}")
            blocks[f"{stage}_block{number}_out"] = x
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    embedding = layers.Dense(EMBEDDING_SIZE, name="embedding", dtype="float32")(x)
    taps = {name: tensor for name, tensor in blocks.items() if not name.startswith(_LAST[0])}
    return keras.Model(image, {"embedding": embedding, **taps}, name=NAME)


def _chip(image: keras.KerasTensor) -> keras.KerasTensor:
    """Cuts dlib's chip out of an aligned crop, and centres its colours."""
    offsets = [-mean / 256 for mean in _MEAN]
    x = layers.Rescaling(255 / 256, offsets, dtype="float32", name="centred")(image)
    right = CROP_SIDE - CHIP_LEFT - CHIP_SIDE
    x = layers.Cropping2D(((CHIP_TOP, 0), (CHIP_LEFT, right)), name="cut")(x)
    return layers.ZeroPadding2D(((0, CHIP_TOP + CHIP_SIDE - CROP_SIDE), (0, 0)), name="chip")(x)


def _block(x: keras.KerasTensor, width: int, halves: bool, name: str) -> keras.KerasTensor:
    shortcut = x
    # dlib pads what keeps its side alone.
    stride, padding = (2, "valid") if halves else (1, "same")
    x = layers.Conv2D(width, 3, stride, padding, name=f"{name}_1_conv")(x)
    x = layers.ReLU(name=f"{name}_1_relu")(x)
    x = layers.Conv2D(width, 3, padding="same", name=f"{name}_2_conv")(x)
    if halves:
        shortcut = layers.AveragePooling2D(2, name=f"{name}_pool")(shortcut)
        if shortcut.shape[-1] < width:
            # dlib adds maps of different sizes as if zeros surrounded the smaller one.
            nothing = layers.Rescaling(0.0, name=f"{name}_zeros")(shortcut)
            shortcut = layers.Concatenate(name=f"{name}_widened")([shortcut, nothing])
        if (missing := shortcut.shape[1] - x.shape[1]) > 0:
            x = layers.ZeroPadding2D(((0, missing),) * 2, name=f"{name}_padded")(x)
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([shortcut, x]))
