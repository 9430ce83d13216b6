"""Encoders by name: what a flag such as ``--pose_encoder=NAME:FILE`` means."""

from pathlib import Path

from facedancer.utils.errors import UserError

from .interface import FaceEncoder

# Role -> name -> the function that makes an encoder of a file, or of "" where one ships. It lies in
# one of this folder's files, which import TensorFlow: `--help`, which shows the names, does not.
ENCODERS: dict[str, dict[str, str]] = {
    "identity": {
        "ours": "identity_encoder",
        "faceres": "faceres",
        "dlib": "dlib",
        "cosface": "cosface",
        "insightface": "insightface",
    },
    "pose": {"ours": "pose_regressor", "hopenet": "hopenet", "face_mesh": "face_mesh"},
    "expression": {"ours": "expression_embedder", "mini_xception": "mini_xception"},
    "features": {"mobilenet_v2": "mobilenet_v2_features", "inception": "inception"},
}
ROLES = tuple(ENCODERS)
# What measures real faces where nothing else is given: in model_zoo/.
SHIPPED = {
    "identity": "faceres",
    "pose": "face_mesh",
    "expression": "mini_xception",
    "features": "mobilenet_v2",
}


def load_measure(role: str, spec: str) -> FaceEncoder:
    """The encoder of a role that a flag names.

    Args:
        role: one of `ROLES`.
        spec: ``NAME:FILE``; ``NAME`` where nothing but what ships is needed; or ``FILE``, one of
            this project's.

    Raises:
        UserError: an unknown name, a file that is missing or holds something else.
    """
    from facedancer.arcface_model.encoder import UNTRAINED_SMALL

    from . import onnx_files, ours, packaged

    makers = {**vars(onnx_files), **vars(ours), **vars(packaged)}
    known = ENCODERS[role]
    name, colon, path = spec.partition(":")
    if name in known and (colon or not Path(spec).exists()):
        return makers[known[name]](path)
    if "ours" in known and (spec == UNTRAINED_SMALL or Path(spec).exists()):
        return makers[known["ours"]](spec)
    raise UserError(
        f"no such {role} encoder: {spec}; give a file, or NAME:FILE with one of {', '.join(known)}"
    )
