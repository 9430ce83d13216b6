"""Flags that the swap commands share: the models, whom to swap, how results are made and marked."""

from absl import flags

from facedancer.arcface_model.pairing import ANY_ENCODER_HELP
from facedancer.inference.blending.colour import COLOURS, DEFAULT_COLOUR
from facedancer.inference.blending.masks import DEFAULT_MASK, MASKS
from facedancer.inference.blending.paste import DEFAULT_MODE, MODES
from facedancer.inference.core.precision import PRECISIONS
from facedancer.inference.faces.choosing import ALL, WHICH
from facedancer.inference.video.encoding import AUTO, CODECS, PRESETS
from facedancer.utils.path_flags import DEFINE_paths

flags.DEFINE_string(
    "facedancer_path",
    None,
    "The generator: a .keras file, a published .h5, the folder of a run, of one of its checkpoints "
    "or of a SavedModel, or a LiteRT file.",
)
flags.DEFINE_string(
    "arcface_path",
    None,
    "The identity encoder that the generator was trained with: ArcFace-Res50.h5, a .keras or "
    ".weights.h5 file, a SavedModel folder, a LiteRT file, or untrained_small, the demo's "
    "stand-in.",
)
flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
flags.DEFINE_string(
    "retina_path",
    None,
    "The detector: RetinaFace-Res50.h5, a .keras or .weights.h5 file, a SavedModel folder or a "
    "LiteRT file; "
    "default: the one that ships.",
)
flags.DEFINE_enum(
    "precision",
    "auto",
    PRECISIONS,
    "What the generator multiplies: auto is bfloat16 on processors that have it, else float32.",
)
flags.DEFINE_integer(
    "batch_size", 8, "Faces in one call of the generator; the result does not depend on it.", 1
)
flags.DEFINE_integer(
    "detect_size",
    640,
    "Pictures with a longer side are reduced to this before detection; in videos, faces less than "
    "about 1/35 of it high are missed.",
    64,
)
flags.DEFINE_bool(
    "align_source", True, "Find and align the source's face; no: the picture is such a crop."
)
flags.DEFINE_string(
    "mask",
    DEFAULT_MASK,
    "How much of the new face is taken where: "
    f"{'; '.join(f'{name}, {mask.words}' for name, mask in MASKS.items())}; "
    "or an ONNX segmentation file.",
)
flags.DEFINE_enum(
    "colour_match", DEFAULT_COLOUR, list(COLOURS), "Give the new face the colours of the old one."
)
flags.DEFINE_enum("blend", DEFAULT_MODE, list(MODES), "How the faces' edges run into each other.")
flags.DEFINE_string("super_resolution", "", "An ONNX network that enlarges the new face.")
flags.DEFINE_enum("codec", AUTO, (AUTO, *CODECS), "Of videos: H.264; VP9 in WebM.")
flags.DEFINE_integer(
    "crf", None, "Quality of videos, 0 (best) to 51; default: one at which no loss is seen."
)
flags.DEFINE_enum("preset", "medium", PRESETS, "Of videos: the slower, the smaller the file.")
flags.DEFINE_bool(
    "mark",
    True,
    "Mark results as synthetic: watermark, XMP, C2PA. --nomark is written in the report.",
)
flags.DEFINE_bool("label", False, "Also write AI MODIFIED where it can be seen.")
flags.DEFINE_integer("tag", 0, "A number of your own within the watermark.", 0, 65535)
flags.DEFINE_string("c2pa_cert", None, "Your certificate chain, PEM; default: one made here.")
flags.DEFINE_string("c2pa_key", None, "Its private key, PEM.")
flags.DEFINE_enum(
    "which",
    ALL,
    WHICH,
    "Of several faces: all, the largest, or the nth; in a video whoever that is when first seen.",
)
flags.DEFINE_integer("nth", 1, "For --which=nth: counted from the left, from 1.", 1)
DEFINE_paths(
    "reference", [], "Photographs of the person who alone is swapped, or a folder of them."
)
flags.DEFINE_float(
    "match_threshold",
    0.3,
    "Least cosine of a face and a reference for them to be one person.",
    -1.0,
    1.0,
)
flags.DEFINE_float("min_score", 0.6, "Leave faces alone that the detector is less sure of.", 0, 1)
flags.DEFINE_float("min_size", 0.0, "Leave faces alone that are smaller, in pixels.", 0.0)
flags.DEFINE_bool("compare", False, "Write pictures before and after, side by side; not videos.")
flags.mark_flags_as_required(["facedancer_path", "arcface_path"])
