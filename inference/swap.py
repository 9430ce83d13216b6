"""Puts a person's face onto those of pictures, folders, videos and animations.

python inference/swap.py scene.jpg holiday.mp4 party.gif album/ --source=person.jpg \
    --output=results --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5

Beside every result lies its report, JSON lines with a closing summary. A run that was stopped or
killed goes on when it is started again. Exit status 3: nothing was swapped. docs/swapping.md.
"""

from pathlib import Path

from absl import flags

from facedancer.inference import swap_flags
from facedancer.inference.faces.choosing import ALL, WHICH, Choice, Role
from facedancer.inference.jobs.sources import identity_from, read_mapping
from facedancer.inference.jobs.targets import find_tasks, swap_all
from facedancer.inference.swap_flags import EXIT_NOTHING_SWAPPED, load_swapper, settings_from_flags
from facedancer.inference.swapper import Swapper
from facedancer.utils.cli import UserError, run
from facedancer.utils.path_flags import DEFINE_paths

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(swap_flags)  # so that --help lists them

DEFINE_paths(
    "source", None, "Photographs of the person whose identity the faces get, or a folder of them."
)
flags.DEFINE_string(
    "output", "results", "A file, if one file is swapped; else a folder, where names are kept."
)
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
flags.DEFINE_string(
    "mapping",
    None,
    "A JSON file that says who gets whose face, instead of --source and --reference: "
    '[{"name": "anna", "reference": ["anna.jpg"], "source": ["bea.jpg"]}, ...].',
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


def main(targets: list[str]) -> int:
    """Reads the flags, swaps, and prints what was done."""
    if not targets:
        raise UserError("name what is to be swapped: a picture, a video, an animation or a folder")
    settings = settings_from_flags()
    if bool(FLAGS.source) == bool(FLAGS.mapping):
        raise UserError("give --source, photographs of a person, or --mapping, a file; not both")
    if FLAGS.mapping and FLAGS.reference:
        raise UserError("--reference goes with --source; a mapping has references of its own")
    sources = [Path(path) for path in FLAGS.source or []]
    tasks = find_tasks([Path(target) for target in targets], Path(FLAGS.output), sources)
    swapper = load_swapper(FLAGS.min_score)
    choice = Choice(
        read_roles(swapper),
        FLAGS.which,
        FLAGS.nth - 1,
        FLAGS.match_threshold,
        FLAGS.min_score,
        FLAGS.min_size,
    )
    swapped = 0
    for outcome in swap_all(swapper, tasks, choice, settings):
        print("\n".join(outcome.lines))
        swapped += outcome.summary.swapped
    return 0 if swapped else EXIT_NOTHING_SWAPPED


def read_roles(swapper: Swapper) -> list[Role]:
    """Who gets which identity.

    Raises:
        UserError: a photograph or the mapping cannot be read, or shows no face.
    """
    if FLAGS.mapping:
        return read_mapping(swapper, Path(FLAGS.mapping), FLAGS.align_source)
    identity = identity_from(swapper, FLAGS.source, FLAGS.align_source)
    reference = identity_from(swapper, FLAGS.reference) if FLAGS.reference else None
    return [Role(identity, reference)]


if __name__ == "__main__":
    run(main, positional=True)
