"""Flags that the swap commands share: the models, and how results are made and marked."""

from pathlib import Path

from absl import flags

from facedancer.inference.blending.blending import Blending
from facedancer.inference.blending.colour import COLOURS, DEFAULT_COLOUR
from facedancer.inference.blending.masks import DEFAULT_MASK, MASKS
from facedancer.inference.blending.paste import DEFAULT_MODE, MODES
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.marking.marker import Marking
from facedancer.inference.pairing import ANY_ENCODER_HELP
from facedancer.inference.precision import PRECISIONS
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.encoding import AUTO, CODECS, PRESETS, VideoSettings
from facedancer.retinaface.detector import Detector
from facedancer.utils.cli import UserError

FLAGS = flags.FLAGS
EXIT_NOTHING_SWAPPED = 3

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
    "Pictures with a longer side are reduced to this before detection; faces less than about 1/35 "
    "of it high are missed.",
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
flags.mark_flags_as_required(["facedancer_path", "arcface_path"])


def settings_from_flags() -> SwapSettings:
    """How results are made and marked.

    Raises:
        UserError: flags that do not go together.
    """
    return SwapSettings(
        blending=Blending(FLAGS.mask, FLAGS.colour_match, FLAGS.blend, FLAGS.super_resolution),
        marking=Marking(
            is_on=FLAGS.mark,
            label=FLAGS.label,
            tag=FLAGS.tag,
            c2pa_cert=_path(FLAGS.c2pa_cert),
            c2pa_key=_path(FLAGS.c2pa_key),
        ),
        video=VideoSettings(FLAGS.codec, FLAGS.crf, FLAGS.preset),
        batch_size=FLAGS.batch_size,
    )


def load_swapper(min_score: float | None = None) -> Swapper:
    """Loads the models and says what they are.

    Args:
        min_score: lets the detector find faces that it is less sure of than by default.

    Raises:
        UserError: a file is missing or holds something else, or has not what the mask needs.
    """
    swapper = Swapper.load(
        FLAGS.facedancer_path,
        FLAGS.arcface_path,
        FLAGS.retina_path,
        FLAGS.precision,
        FLAGS.any_encoder,
    )
    default = swapper.detector
    lowest = default.min_score if min_score is None else min(min_score, default.min_score)
    swapper.detector = Detector(default.model, lowest, max_side=FLAGS.detect_size)
    swapper.fingerprint += [lowest, FLAGS.detect_size]
    if Blending(FLAGS.mask).needs_attention and swapper.generator.attend is None:
        raise UserError(
            f"{FLAGS.facedancer_path} has no AFFA, or is a SavedModel or a LiteRT file, which "
            f"give no masks: take --mask={DEFAULT_MASK}"
        )
    for network, description in swapper.descriptions.items():
        print(f"{network}: {description}")
    return swapper


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)
