"""The networks and heads that the trainings of encoders and regressors choose from, by name.

Without TensorFlow, which the functions' files import: flags list the names.
"""

from .layouts import LAYOUTS

BACKBONES = ("resnet50", *LAYOUTS)

# Name -> the file of this folder, a dot, its function.
HEADS = {
    "arcface": "margins.arcface_logits",
    "cosface": "margins.cosface_logits",
}
# What a regressor learns -> the function that makes its outputs of feature maps.
TARGETS = {
    "pose": "face_regressor.pose_head",
    "gaze": "face_regressor.gaze_head",
    "shape": "face_regressor.shape_head",
    "expression": "face_regressor.expression_head",
}
# Those that a swapper's losses may ask -> the output that such a file must have.
LOSS_REGRESSORS = {"shape": "shape_error", "pose": "pose", "expression": "embedding"}
