"""What the swap commands do alike once their flags are read: refuse early, load, swap, tell."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from facedancer.inference.blending.blender import Blending
from facedancer.inference.blending.masks import DEFAULT_MASK
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.sources import (
    identity_from,
    photographs,
    read_mapping,
    roles_of_mapping,
)
from facedancer.inference.jobs.targets import Tasks, swap_all
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.swapper import Swapper
from facedancer.inference.video.encoding import VideoSettings
from facedancer.retinaface.detector import Detector
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS
EXIT_NOTHING_SWAPPED = 3


def swap_tasks(tasks: Tasks, sources: Sequence[str], mapping: str | None = None) -> int:
    """Swaps, prints what was done, and returns the exit status.

    What is wrong with the flags and with the files that they name is told before any network is
    loaded, which takes seconds.

    Args:
        tasks: from `find_tasks`.
        sources: photographs of the person whose identity the faces get.
        mapping: in place of them a file, see `read_mapping`.

    Raises:
        UserError: flags that do not go together, or a file that cannot be read or written.
    """
    settings = settings_from_flags()
    if settings.compare and tasks.videos:
        raise UserError(
            f"--compare puts still pictures side by side, and {tasks.videos[0].target} is none: "
            "leave one of the two out"
        )
    Marker(settings.marking)  # its certificate, if there is one to be read
    entries = read_mapping(Path(mapping)) if mapping else None
    for paths in filter(None, (sources, FLAGS.reference)):
        photographs(paths)  # refuses one that is missing
    swapper = load_swapper()
    if entries is None:
        reference = identity_from(swapper, FLAGS.reference) if FLAGS.reference else None
        roles = [Role(identity_from(swapper, sources, FLAGS.align_source), reference)]
    else:
        roles = roles_of_mapping(swapper, entries, FLAGS.align_source)
    choice = Choice(
        roles,
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
        compare=FLAGS.compare,
    )


def load_swapper() -> Swapper:
    """Loads the models and says what they are.

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
    lowest = min(FLAGS.min_score, default.min_score)
    swapper.detector = Detector(default.model, lowest, max_side=FLAGS.detect_size)
    swapper.fingerprint += [lowest, FLAGS.detect_size]
    if Blending(FLAGS.mask).needs_attention and swapper.generator.attend is None:
        raise UserError(
            f"{swapper.generator.description}: it has no AFFA, or is a SavedModel or a LiteRT "
            f"file, which give no masks: take --mask={DEFAULT_MASK}"
        )
    for network, description in swapper.descriptions.items():
        print(f"{network}: {description}")
    return swapper


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)
