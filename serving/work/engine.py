"""Swaps for several threads at once, with networks that are loaded once."""

import dataclasses
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.inference.blending.masks import DEFAULT_MASK
from facedancer.inference.default_networks import ON
from facedancer.inference.faces.choosing import Role, is_nobody
from facedancer.inference.faces.identity_file import is_identity_file
from facedancer.inference.jobs.outcome import Outcome
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.sources import role_of
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.jobs.telling import Progress, tell_nobody
from facedancer.inference.marking.findings import find_marks
from facedancer.inference.marking.marker import Marker
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import as_usual, load_swapper, swap_choice, swap_settings
from facedancer.inference.swapper import Swapper
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

from .batching import shared
from .errors import BusyError, TooLargeError, for_strangers
from .faces import list_faces
from .limits import DEFAULT_LIMITS, Limits
from .media import check_media, check_picture, media_type
from .options import NO_FLAGS, NO_OPTIONS, read_options
from .swapped import Swapped
from .words import name_of, nothing_swapped, words_for

# Frames of a film in which the watermark is looked for.
_VERIFIED_FRAMES = 8


class Engine:
    """Swaps, finds faces and verifies; any number of threads may call it at once.

    Args:
        swapper: the loaded networks; the generator's calls of several threads are joined.
        limits: of what is taken.
        defaults: what the operator chose where a request says nothing.
        tell: hears how many faces each call of the generator had.

    Raises:
        UserError: a certificate that cannot be used.
    """

    def __init__(
        self,
        swapper: Swapper,
        limits: Limits = DEFAULT_LIMITS,
        defaults: SwapFlags = NO_FLAGS,
        tell: Callable[[int], None] = lambda count: None,
    ) -> None:
        swapper.generator = shared(swapper.generator, defaults.batch_size, tell)
        self.swapper = swapper
        self.limits = limits
        self.defaults = as_usual(defaults, swapper.usual)
        Marker(swap_settings(defaults).marking)  # Makes this machine's certificate, if need be.

    @classmethod
    def load(cls, given: SwapFlags = NO_FLAGS, limits: Limits = DEFAULT_LIMITS) -> "Engine":
        """Loads the networks that flags name, by default those that `facedancer swap` takes.

        Raises:
            UserError: a file is missing or holds something else.
        """
        return cls(load_swapper(given), limits, given)

    def warm_up(self) -> None:
        """Calls each network once: their first call takes seconds, which nobody is to wait for."""
        black = np.zeros((64, 64, 3), np.uint8)
        self.swapper.detector.detect(black)
        identity = self.swapper.identity_of_crop(black)
        side = self.swapper.generator.image_size
        self.swapper.generator(np.zeros((1, side, side, 3), np.float32), identity[None])

    def read_options(self, given: Mapping[str, object]) -> SwapFlags:
        """Builds a request's settings; see `options.OPTIONS`.

        Raises:
            UserError: an option is none, or these networks do not have what it needs.
        """
        settings = as_usual(read_options(given, self.defaults), self.swapper.usual)
        blending = swap_settings(settings).blending  # Refuses words that do not go together.
        if blending.needs_attention and self.swapper.generator.attend is None:
            raise UserError(
                f"mask={settings.mask} needs a generator with attention masks, which this one does "
                f"not give: use {DEFAULT_MASK}"
            )
        return settings

    def check_photographs(self, paths: Sequence[Path], name: str) -> None:
        """Looks at photographs of a person, or saved identities, before one is decoded.

        Args:
            paths: of the files; or ``nobody`` alone, where no file is called so.
            name: what they are to whoever sent them.

        Raises:
            UserError: one is no picture or too large, or there are too many.
        """
        if is_nobody(paths):
            return
        if len(paths) > self.limits.most_photographs:
            most = self.limits.most_photographs
            raise TooLargeError(f"{len(paths)} pictures as {name}: at most {most} are taken")
        for number, path in enumerate(paths, 1):
            if not is_identity_file(path):  # Those are small, and bounded where they are read.
                check_picture(path, name_of(name, number, len(paths)), self.limits)

    def swap_picture(
        self,
        target: Path,
        sources: Sequence[Path],
        reference: Sequence[Path] = (),
        options: Mapping[str, object] = NO_OPTIONS,
    ) -> Swapped:
        """Swaps a still picture.

        Args:
            target: it; the content tells the format, which is the result's too.
            sources: photographs of the person whose identity the faces get, or saved identities;
                or ``nobody``, see `jobs.sources.role_of`.
            reference: photographs of the person who alone is swapped; none: everybody.
            options: see `options.OPTIONS`.

        Raises:
            TooLargeError: more than the limits allow.
            UserError: a file is no picture, an option is none, or nobody was swapped; the message
                is fit for strangers.
        """
        kind, suffix = check_media(target, "target", self.limits)
        if kind != "picture":
            raise UserError(f"the target is a moving picture ({kind}): send it as a job")
        with tempfile.TemporaryDirectory(prefix="facedancer_") as folder:
            named = Path(folder) / f"target{suffix}"
            named.symlink_to(target.resolve())
            output = Path(folder) / f"swapped{suffix}"
            outcome = self.swap_file(named, sources, output, reference, options)
            with outcome.report.open(encoding="utf-8") as file:
                report = json.loads(file.readline())
            report["picture"] = output.name
            return Swapped(output.read_bytes(), suffix, media_type(suffix), report)

    def swap_file(
        self,
        target: Path,
        sources: Sequence[Path],
        output: Path,
        reference: Sequence[Path] = (),
        options: Mapping[str, object] = NO_OPTIONS,
        progress: Progress = tell_nobody,
    ) -> Outcome:
        """Swaps a picture, an animation or a film, file to file; see `Swapper.swap_file`.

        A film whose swap was stopped goes on from its last whole part.

        Args:
            target: it, by a name that has its format's suffix.
            sources: see `swap_picture`.
            output: where the result goes, with its report next to it.
            reference: see `swap_picture`.
            options: see `options.OPTIONS`.
            progress: is told how far it is, and may stop it.

        Raises:
            BusyError: a server that runs the generator does not answer.
            UserError: see `swap_picture`. Where nobody was swapped, the report says why.
        """
        settings = self.read_options(options)
        try:
            self.check_photographs(sources, "source")
            self.check_photographs(reference, "reference")
            roles = self.make_roles(sources, reference, options)
            tasks = find_tasks([target], output)
            choice = swap_choice(settings, roles, self.swapper.encoder)
            most = self.limits.most_frames

            def bounded(done: int, total: int | None) -> None:
                progress(done, total)
                if done > most:
                    raise TooLargeError(f"the target has more than {most} frames: cut it")

            (outcome,) = swap_all(
                self.swapper, tasks, choice, swap_settings(settings), progress=bounded
            )
        except (TooLargeError, BusyError):
            raise
        except UserError as error:
            names = words_for(target, sources, reference, output)
            raise UserError(for_strangers(str(error), names)) from error
        if outcome.output is None:
            raise UserError(nothing_swapped(outcome))
        return outcome

    def make_roles(
        self, sources: Sequence[Path], reference: Sequence[Path], options: Mapping[str, object]
    ) -> list[Role]:
        """Says who gets whose face: here the person of the reference, or everybody, the source's.

        Args:
            sources: see `swap_picture`.
            reference: see `swap_picture`.
            options: whose ``seed`` tells one nobody from another.

        Raises:
            UserError: a photograph cannot be read, or shows no face; or nobody cannot be drawn for
                this encoder.
        """
        settings = self.read_options(options)
        with_texture = settings.texture == ON
        return [
            role_of(self.swapper, sources, reference, seed=settings.seed, with_texture=with_texture)
        ]

    def find_faces(self, picture: Path, with_crops: bool = False) -> list[dict[str, Any]]:
        """The faces of a still picture, as a swap finds them.

        Args:
            picture: the file.
            with_crops: also give each face, aligned as the generator sees it.

        Returns:
            For each face, from left to right: ``nth`` (from 1, as the option counts), ``box`` left,
            top, right, bottom and ``landmarks`` in pixels, ``score``, and if wanted ``crop``, a PNG
            in base64.

        Raises:
            TooLargeError: it has too many pixels.
            UserError: it is no picture.
        """
        check_picture(picture, "picture", self.limits)
        try:
            image = read_image(picture)
        except UserError as error:
            raise UserError(for_strangers(str(error), {picture: "the picture"})) from error
        return list_faces(self.swapper, image, with_crops)

    def verify(self, file: Path) -> dict[str, Any]:
        """The marks of a picture, an animation or a film that say that a machine changed it.

        Returns:
            ``is_marked``, and what was found, as JSON has it; see `marking.findings.Findings`.

        Raises:
            TooLargeError: more than the limits allow.
            UserError: it is none of these.
        """
        check_media(file, "file", self.limits)
        try:
            found = find_marks(file, _VERIFIED_FRAMES)
        except UserError as error:
            raise UserError(for_strangers(str(error), {file: "the file"})) from error
        return {"is_marked": found.is_marked, **dataclasses.asdict(found)}
