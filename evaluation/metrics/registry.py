"""Every metric, a row each: summaries, tables, examples and the lab's report follow from it."""

from . import search, truth
from .attributes import angle_error, expression_error, gaze_error, pose_error
from .background import psnr_outside, ssim_outside
from .fid import fid
from .interface import (
    Metric,
    OfFaceRegions,
    OfPictures,
    OfSearch,
    OfSets,
    OfTruth,
    OfVectors,
    OfWay,
)
from .mesh_shape import shape_way
from .perceptual import perceptual_outside

# Half a turn, of each angle and of the three together; and the largest distance of two unit
# vectors, or of two sets of probabilities and more.
_HALF_TURN, _FARTHEST = 180.0, 2.0

# The paper's Table 2 first.
METRICS: dict[str, Metric] = {
    "id_top1": OfSearch("ID ↑", 2, search.top_1, "identity", 0.0, counts_failures=True),
    "pose": OfVectors("Pose ↓", 2, pose_error, "pose", _HALF_TURN),
    "expression": OfVectors("Exp ↓", 2, expression_error, "expression", _FARTHEST),
    "fid": OfSets("FID ↓", 2, fid, "features"),
    "fid_clean": Metric("FID, noise-free ↓", 2),
    "ms_per_image": Metric("ms/image ↓", 1),
    "ms_per_batch": Metric("Inference, ms ↓", 1),
    "memory_gb": Metric("Memory, GB ↓", 2),
    "id_top5": OfSearch("ID top-5 ↑", 2, search.top_5, "identity", 0.0, counts_failures=True),
    "id_top1_other": OfSearch(
        "ID by another picture ↑",
        2,
        search.top_1_by_another_picture,
        "identity",
        0.0,
        counts_failures=True,
    ),
    "id_cosine": OfSearch("cos to source ↑", 3, search.cosine_to_source, "identity", -1.0),
    "id_cosine_target": OfSearch("cos to target ↓", 3, search.cosine_to_target, "identity", 1.0),
    "pose_angle": OfVectors("Angle ↓", 2, angle_error, "pose", _HALF_TURN),
    "gaze": OfVectors("Gaze ↓", 2, gaze_error, "gaze", _HALF_TURN),
    "shape_mesh": OfWay("shape by mesh → 1", 3, shape_way, "shape", 0.0),
    "psnr_outside": OfPictures("PSNR outside ↑", 1, psnr_outside),
    "ssim_outside": OfPictures("SSIM outside ↑", 4, ssim_outside),
    "perceptual_outside": OfPictures("perceptual outside ↓", 4, perceptual_outside),
    "truth_psnr": OfTruth("PSNR to truth ↑", 1, truth.truth_psnr),
    "truth_ssim": OfTruth("SSIM to truth ↑", 4, truth.truth_ssim),
    "truth_perceptual": OfTruth("perceptual to truth ↓", 4, truth.truth_perceptual),
    "shape_silhouette": OfFaceRegions("shape, silhouette → 1", 3, truth.shape_silhouette),
    "shape_inner": OfFaceRegions("shape, inside → 1", 3, truth.shape_inner),
    "hair_leak": OfFaceRegions("hair leak ↓", 2, truth.hair_leak),
    "flicker_identity": Metric("identity flicker → 1", 2),
    "flicker_landmarks": Metric("landmark flicker → 1", 2),
    "flicker_warp": Metric("warped flicker → 1", 2),
    "flicker_sharpness": Metric("sharpness in clips → 1", 2),
}
