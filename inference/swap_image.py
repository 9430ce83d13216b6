"""Puts the face of one photograph onto the faces of another.

python inference/swap_image.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \
    --swap_source=person.jpg --img_path=scene.jpg --img_output=swapped.jpg
"""

from absl import flags

from facedancer.arcface_model.encoder import describe_encoder
from facedancer.inference.image_files import check_paths, swap_image_file
from facedancer.inference.swapper import Swapper
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.retinaface.loading import describe_detector
from facedancer.utils.cli import run

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "facedancer_path",
    None,
    "The generator: a .keras file, a published .h5, the folder of a run, of one of its checkpoints "
    "or of a SavedModel.",
)
flags.DEFINE_string(
    "arcface_path",
    None,
    "The identity encoder that the generator was trained with: ArcFace-Res50.h5, a .keras or "
    ".weights.h5 file, a SavedModel folder, or untrained_small, the demo's stand-in.",
)
flags.DEFINE_string(
    "retina_path",
    None,
    "The detector: RetinaFace-Res50.h5, a .keras or .weights.h5 file, or a SavedModel folder; "
    "default: the one that ships.",
)
flags.DEFINE_string("img_path", None, "The picture whose faces are changed.")
flags.DEFINE_string("swap_source", None, "A picture of the person whose identity they get.")
flags.DEFINE_string("img_output", "results/swapped_image.jpg", "Where the result is written.")
flags.DEFINE_bool("compare", False, "Write the picture before and after, side by side.")
flags.DEFINE_bool(
    "align_source", True, "Find and align the source's face; no: the picture is such a crop."
)
flags.mark_flags_as_required(["facedancer_path", "arcface_path", "img_path", "swap_source"])


def main() -> None:
    """Reads the flags, swaps, and prints what was done."""
    check_paths(FLAGS.img_output, [FLAGS.img_path, FLAGS.swap_source])
    swapper = Swapper.load(FLAGS.facedancer_path, FLAGS.arcface_path, FLAGS.retina_path)
    print(f"generator: {swapper.generator.description}")
    print(f"identity encoder: {describe_encoder(FLAGS.arcface_path)}")
    print(f"detector: {describe_detector(FLAGS.retina_path or SHIPPED_WEIGHTS)}")
    result = swap_image_file(
        swapper,
        FLAGS.img_path,
        FLAGS.swap_source,
        FLAGS.img_output,
        align_source=FLAGS.align_source,
        compare=FLAGS.compare,
    )
    for number, one in enumerate(result.faces, 1):
        left, top, right, bottom = one.face.box.round().astype(int)
        print(
            f"face {number}: {right - left} x {bottom - top} px at ({left}, {top}), "
            f"score {one.face.score:.2f}"
        )
    print(f"faces found and swapped: {len(result.faces)}; written: {FLAGS.img_output}")


if __name__ == "__main__":
    run(main)
