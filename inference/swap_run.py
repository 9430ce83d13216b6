"""The part of the swap commands that they share: refuse early, load, swap, tell."""

import dataclasses
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.arcface_model.sizes import EMBEDDING_SIZE
from facedancer.inference.blending.blender import Blending
from facedancer.inference.blending.masks import DEFAULT_MASK
from facedancer.inference.default_networks import ON, PLAIN, Usual, choose_networks
from facedancer.inference.faces.choosing import Choice, Role, is_nobody
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.sources import (
    Entry,
    photographs,
    read_mapping,
    role_of,
    roles_of_mapping,
)
from facedancer.inference.jobs.targets import Tasks
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.video.encoding import VideoSettings
from facedancer.inference.video.excerpt import Excerpt
from facedancer.retinaface.shipped import SHIPPED_WEIGHTS
from facedancer.utils.cluster import cluster, import_ray
from facedancer.utils.errors import UserError
from facedancer.utils.start_up import quick_start, tracing_for_one_call
from facedancer.utils.weights.ahead import loading_ahead

if TYPE_CHECKING:
    import keras

    from facedancer.arcface_model.lite_encoder import LiteEncoder
    from facedancer.inference.swapper import Swapper

EXIT_NOTHING_SWAPPED = 3


@dataclasses.dataclass(frozen=True)
class Engine:
    """The engine that swaps videos: this process, or a cluster (``name`` is ``"ray"``)."""

    name: str = "local"
    workers: int | None = None
    address: str | None = None


def swap_tasks(
    given: SwapFlags, tasks: Tasks, mapping: Path | None = None, engine: Engine = Engine()
) -> int:
    """Swaps, prints what was done, and returns the exit status.

    What is wrong with the flags and with the files that they name is told before TensorFlow is
    imported and any network loaded, which takes seconds.

    Args:
        given: the command's flags.
        tasks: from `find_tasks`.
        mapping: in place of the source a file, see `read_mapping`.
        engine: who swaps videos.

    Raises:
        UserError: flags that do not go together, or a file that cannot be read or written.
    """
    settings = swap_settings(given)
    if settings.compare and tasks.videos:
        raise UserError(
            f"--compare works only for still pictures, and {tasks.videos[0].target} is not one: "
            "leave one of the two out"
        )
    if given.track and tasks.pictures:
        raise UserError(
            f"--track works only in videos, and {tasks.pictures[0].target} is a still picture: use "
            "--which, or leave one of the two out"
        )
    # Refuses what does not go together, whoever the people will be.
    anybody = np.zeros(EMBEDDING_SIZE, np.float32)
    swap_choice(given, [Role(anybody, anybody if given.reference or mapping else None)])
    Marker(settings.marking)  # its certificate, if there is one to be read
    entries = read_mapping(mapping) if mapping else None
    for paths in filter(None, (given.source, given.reference)):
        if paths is given.source and is_nobody(paths):
            continue
        photographs(paths)  # refuses one that is missing
    if engine.name == "ray":
        for name in ("likeness", "steady"):
            if getattr(settings, name):
                raise UserError(f"--{name} works only on one machine: leave out --engine=ray")
        import_ray()  # refuses if there is none
    swapper = load_swapper(given)
    given = as_usual(given, swapper.usual)
    settings = swap_settings(given)
    is_one_picture = len(tasks.pictures) == 1 and not tasks.videos
    with tracing_for_one_call() if is_one_picture else nullcontext():
        return _swap(swapper, given, tasks, entries, settings, engine)


def _swap(
    swapper: "Swapper",
    given: SwapFlags,
    tasks: Tasks,
    entries: Sequence[Entry] | None,
    settings: SwapSettings,
    engine: Engine,
) -> int:
    """Finds out who gets whose face, swaps, prints what was done, and returns the exit status."""
    if entries is None:
        roles = [
            role_of(
                swapper,
                given.source,
                given.reference,
                given.align_source,
                given.seed,
                with_texture=given.texture == ON,
            )
        ]
    else:
        roles = roles_of_mapping(
            swapper, entries, given.align_source, given.seed, given.texture == ON
        )
    # Nobody, who has others in reserve, has no photograph anyway.
    if given.texture == ON and any(not (role.texture or role.others) for role in roles):
        print("texture: no skin found (a saved identity, or no mesh): the generator's face stays")
    choice = swap_choice(given, roles, swapper.encoder)
    from facedancer.inference.jobs.run import swap_all

    is_here = engine.name == "local" or not tasks.videos
    swapped = 0
    with nullcontext() if is_here else cluster(engine.workers, engine.address) as machines:
        for outcome in swap_all(swapper, tasks, choice, settings, machines):
            print("\n".join(outcome.lines))
            swapped += outcome.summary.swapped
    return 0 if swapped else EXIT_NOTHING_SWAPPED


def as_usual(given: SwapFlags, usual: Usual) -> SwapFlags:
    """The flags, with what their generator's swaps usually have where they say nothing."""
    made = usual.but(given.strength, given.colour_match, given.texture)
    return dataclasses.replace(
        given, strength=made.strength, colour_match=made.colour, texture=made.texture
    )


def swap_choice(
    given: SwapFlags, roles: Sequence[Role], encoder: "keras.Model | LiteEncoder | None" = None
) -> Choice:
    """Sorts the flags that say which faces are swapped.

    Args:
        given: the flags.
        roles: who gets whose identity.
        encoder: which tells people apart; None: not loaded yet, nobody will be.
    """
    threshold = given.match_threshold
    if threshold is None:
        threshold = Choice.threshold
        if encoder is not None:
            from facedancer.arcface_model.one_person import one_person_cosine

            threshold = one_person_cosine(encoder)
    return Choice(
        roles,
        given.which,
        given.nth - 1,
        threshold,
        given.min_score,
        given.min_face,
        as_usual(given, PLAIN).strength,
        given.track,
    )


def swap_settings(given: SwapFlags) -> SwapSettings:
    """Sorts the flags that say how results are made and marked.

    Raises:
        UserError: flags that do not go together.
    """
    return SwapSettings(
        blending=Blending(
            given.mask,
            as_usual(given, PLAIN).colour_match,
            given.blend,
            given.super_resolution,
            given.keep,
            given.mask_padding,
            given.detail,
        ),
        marking=Marking(
            is_on=given.mark,
            label=given.label,
            tag=given.tag,
            c2pa_cert=Path(given.c2pa_cert) if given.c2pa_cert else None,
            c2pa_key=Path(given.c2pa_key) if given.c2pa_key else None,
        ),
        video=VideoSettings(given.codec, given.crf, given.preset),
        batch_size=given.batch_size,
        compare=given.compare,
        excerpt=Excerpt(given.start, given.end, given.fps, given.scale),
        steady=given.steady,
        likeness=given.likeness,
    )


def load_swapper(given: SwapFlags) -> "Swapper":
    """Loads the models and says what they are.

    Raises:
        UserError: a file is missing or holds something else, or has not what the mask needs.
    """
    chosen = choose_networks(given.generator or None, given.encoder or None)
    named = [chosen.generator, chosen.encoder, given.detector or SHIPPED_WEIGHTS]
    with loading_ahead(named), quick_start():
        from facedancer.inference.swapper import Swapper

        swapper = Swapper.load(
            given.generator or None,
            given.encoder or None,
            given.detector or None,
            given.precision,
            given.any_encoder,
            given.pixel_boost,
        )
    swapper.fingerprint += swapper.set_detection(given.min_score, given.detect_size)
    if Blending(given.mask).needs_attention and swapper.generator.attend is None:
        raise UserError(
            f"{swapper.generator.description} gives no attention masks (it has no AFFA, or is "
            f"int8, a SavedModel or a LiteRT file): use --mask={DEFAULT_MASK}"
        )
    for network, description in swapper.descriptions.items():
        print(f"{network}: {description}")
    return swapper
