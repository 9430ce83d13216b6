"""The Python API: models loaded once, then pictures, folders and videos through one core."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facedancer.arcface_model.interface import input_side
from facedancer.utils.alignment import align_face

from .arguments import check_identity, check_kind, check_path, check_paths, check_picture
from .blending.blender import Blending, blend
from .core import pipeline
from .core.frames import Frame, Observation
from .core.likeness import likeness_of
from .core.swapped_face import Likeness, SwappedFace
from .default_networks import ON
from .face_networks import FaceNetworks
from .faces.choosing import NOBODY, Choice, Role
from .faces.planning import PicturePlanner
from .identity_networks import NoFaceError
from .jobs.outcome import Outcome
from .jobs.run import swap_all
from .jobs.settings import SwapSettings
from .jobs.sources import identity_from, role_of, save_identity
from .jobs.targets import find_tasks
from .jobs.tracks import SeenTrack, list_tracks
from .swap_result import SwapResult
from .texture.source import texture_of
from .video.excerpt import Excerpt

__all__ = ["NoFaceError", "SwapResult", "SwappedFace", "Swapper"]

# Crops in one call of the generator: bounds the memory that a crowd takes.
_MAX_BATCH = 16


class Swapper(FaceNetworks):
    """Puts persons' identities onto the faces of pictures and videos."""

    def swap(
        self, image: np.ndarray, identity: np.ndarray | Role, strength: float | None = None
    ) -> SwapResult:
        """Gives every face of a picture the identity; all else in the picture stays as it is.

        In memory, and put back as by default: within the face's outline, in the old face's colours.
        Nothing is marked until `SwapResult.save` writes it. `swap_file` has all the rest.

        Args:
            image: ``[H, W, 3]`` uint8 RGB.
            identity: ``[512]``, from `identity_of`; or from `role_of`, with the person's own skin.
            strength: 0 to 1.5, how far each face goes from its own identity to this one, or beyond;
                None: as is usual for the generator, `usual`.

        Returns:
            The new picture and its faces; where no face was found, an equal picture and none.

        Raises:
            UserError: one of the two is something else; the message says what.
        """
        image = check_picture(image)
        role = identity if isinstance(identity, Role) else Role(check_identity(identity))
        frame = Frame(image, 0)
        seen = Observation.of(frame, self.detector.detect(image))
        strength = self.usual.strength if strength is None else strength
        choice = Choice([role], strength=strength)
        if choice.needs_embeddings and seen.faces:
            side = input_side(self.encoder)
            crops = (align_face(image, face.landmarks, side)[0] for face in seen.faces)
            own = np.stack([self.identity_of_crop(crop) for crop in crops])
            seen = dataclasses.replace(seen, embeddings=own)
        (plan,) = PicturePlanner(choice).push(seen)
        batches = pipeline.Batches(self.generator, _MAX_BATCH, is_padded=False)
        (done,) = batches.swap([(frame, seen, plan)])
        blending = Blending(colour=self.usual.colour)
        return SwapResult(blend(image, done.faces, blending), done.faces, image)

    def likeness_of(self, face: SwappedFace, identity: np.ndarray) -> Likeness:
        """Tells whom a swapped face looks like: cosines to the source and to what it was.

        Args:
            face: of `SwapResult.faces`.
            identity: ``[512]``, the source's.
        """
        check_kind(face, SwappedFace, "the face")
        (likeness,) = likeness_of([face], [check_identity(identity)], self.encoder)
        return likeness

    def identity_from(
        self, sources: str | Path | Sequence[str | Path], align: bool = True
    ) -> np.ndarray:
        """The identity ``[512]`` float32 of a person, of files.

        Args:
            sources: photographs, folders of them, and saved identities (``.identity``): the mean
                of all.
            align: find and align the faces; False where the pictures are such crops.

        Raises:
            UserError: a file cannot be read, shows no face, or was saved by another encoder.
        """
        return identity_from(self, check_paths(sources, "sources"), align)

    def role_of(
        self, sources: str | Path | Sequence[str | Path], texture: bool | None = None
    ) -> Role:
        """The role of a person, of files: the identity, and their own skin if it is wanted.

        Args:
            sources: as for `identity_from`; or ``nobody``.
            texture: fit the skin of the best photograph into the faces; None: as is usual for the
                generator, `usual`.

        Raises:
            UserError: as for `identity_from`; or nobody cannot be drawn for this encoder.
        """
        wanted = self._wants(texture)
        return role_of(self, check_paths(sources, "sources"), with_texture=wanted)

    def role_of_picture(self, image: np.ndarray, texture: bool | None = None) -> Role:
        """The role of the largest face in a picture, as `role_of` gives it of files.

        Args:
            image: ``[H, W, 3]`` uint8 RGB.
            texture: as for `role_of`.

        Raises:
            NoFaceError: no face was found.
            UserError: it is no such picture.
        """
        image = check_picture(image)
        landmarks = self.largest_face(image)
        skin = texture_of(image, landmarks) if self._wants(texture) else None
        return Role(self.identity_of_face(image, landmarks), texture=skin)

    def _wants(self, texture: bool | None) -> bool:
        return self.usual.texture == ON if texture is None else texture

    def nobody(self, seed: int = 0) -> Role:
        """An identity that belongs to nobody, to anonymise: ``Choice([swapper.nobody(7)])``.

        Args:
            seed: another one, another nobody.

        Raises:
            UserError: the encoder does not show its last layers, by which it is drawn.
        """
        return role_of(self, [NOBODY], seed=seed)

    def save_identity(
        self, sources: str | Path | Sequence[str | Path], path: str | Path, align: bool = True
    ) -> None:
        """Writes what `identity_from` gives as a small file, which is taken as a source everywhere.

        Args:
            sources: as for `identity_from`.
            path: ends with ``.identity``; overwritten.
            align: as for `identity_from`.

        Raises:
            UserError: as for `identity_from`; or it cannot be written there.
        """
        save_identity(self, check_paths(sources, "sources"), check_path(path, "the path"), align)

    def list_tracks(self, path: str | Path, excerpt: Excerpt | None = None) -> list[SeenTrack]:
        """The people of a video, with the numbers that `Choice.tracks` takes.

        Args:
            path: of the video or animation.
            excerpt: the part of it that will be swapped; None: all.

        Raises:
            UserError: it cannot be read.
        """
        if excerpt is not None:
            check_kind(excerpt, Excerpt, "excerpt")
        return list_tracks(self, check_path(path, "the path"), excerpt)

    def swap_file(
        self,
        target: str | Path,
        sources: str | Path | Sequence[str | Path],
        output: str | Path,
        settings: SwapSettings | None = None,
        choice: Choice | None = None,
    ) -> list[Outcome]:
        """Swaps a picture, a video, an animation or a folder of all of these, file to file.

        Args:
            target: the content tells which of them it is.
            sources: a photograph of the person whose identity the faces get, or several, a folder
                of them, a saved identity, or ``nobody``.
            output: a file, or for a folder a folder.
            settings: how faces are blended, results marked and encoded; None: the defaults, with
                marking and ``Blending(colour=swapper.usual.colour)``.
            choice: which faces get which identity; None: all of them the sources', with
                ``strength=swapper.usual.strength``.

        Returns:
            How it ended: for the pictures, and for every video.

        Raises:
            UserError: an argument is something else, or a file cannot be read or written; the
                message says which and why.
        """
        target, output = check_path(target, "target"), check_path(output, "output")
        sources = check_paths(sources, "sources")
        if settings is not None:
            check_kind(settings, SwapSettings, "settings")
        if choice is not None:
            check_kind(choice, Choice, "choice")
        tasks = find_tasks([target], output, sources)
        choice = choice or Choice([self.role_of(sources)], strength=self.usual.strength)
        settings = settings or SwapSettings(blending=Blending(colour=self.usual.colour))
        return list(swap_all(self, tasks, choice, settings))
