"""Photographs of a person, or what was saved of them -> the identity that faces get."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.images import find_images, read_image
from facedancer.utils.text_files import read_text

from ..faces.choosing import Role, is_nobody, mean_identity
from ..faces.identity_file import (
    SavedIdentity,
    is_identity_file,
    read_identity,
    write_identity,
)
from ..texture.source import SourceTexture, best_texture, texture_of, texture_of_crop

if TYPE_CHECKING:
    from ..identity_networks import IdentityNetworks


def photographs(paths: Sequence[str | Path]) -> list[Path]:
    """The files that are named, saved identities too; of a folder, all pictures below it.

    Raises:
        UserError: one is missing, or there is none; or a saved identity is damaged.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += find_images(path)
        elif path.is_file():
            if is_identity_file(path):
                read_identity(path)
            found.append(path)
        else:
            raise UserError(f"no such image file: {path}")
    if not found:
        raise UserError("no photograph of the source: give at least one")
    return found


def identity_from(
    networks: "IdentityNetworks", paths: Sequence[str | Path], align: bool = True
) -> np.ndarray:
    """The identity ``[512]`` float32 of a person.

    Of several photographs, the mean of the directions of their embeddings (a photograph with a long
    embedding counts no more than others), as long as they are in the mean: the generator was
    trained on embeddings that are not normalised.

    A saved identity stands for as many photographs as it was made of.

    Args:
        networks: the loaded models.
        paths: photographs, folders of them, or saved identities; in a picture of several people,
            the one with the largest face.
        align: find and align the face; False where the pictures are such crops.

    Raises:
        UserError: a file cannot be read, shows no face, or was saved by another encoder; the
            message names it.
    """
    return _gather(networks, paths, align).identity


def role_of(
    networks: "IdentityNetworks",
    paths: Sequence[str | Path],
    reference: Sequence[str | Path] = (),
    align: bool = True,
    seed: int = 0,
    name: str = "",
    with_texture: bool = False,
) -> Role:
    """The role of a source: a person's identity, or one that belongs to nobody.

    Args:
        networks: the loaded models.
        paths: as for `identity_from`; or ``nobody`` alone.
        reference: photographs of whoever is to get it; none: anybody.
        align: as for `identity_from`, of the source.
        seed: of nobody.
        name: for reports.
        with_texture: also take the person's own skin, of the photograph that shows it best, to be
            fitted into the faces; saved identities have none.

    Raises:
        UserError: as for `identity_from`; or nobody cannot be drawn for this encoder.
    """
    whose = identity_from(networks, reference) if reference else None
    if is_nobody(paths):
        from ..faces.nobody import draw_nobody  # It imports Keras, which `--help` can do without.

        first, *others = draw_nobody(networks.encoder, seed)
        return Role(first, whose, name, tuple(others))
    found = _gather(networks, paths, align, with_texture)
    return Role(found.identity, whose, name, texture=found.texture)


def save_identity(
    networks: "IdentityNetworks", paths: Sequence[str | Path], output: Path, align: bool = True
) -> SavedIdentity:
    """Writes what `identity_from` gives as a file that is taken in place of the photographs.

    Args:
        networks, paths, align: as for `identity_from`.
        output: ends with ``.identity``.

    Raises:
        UserError: as for `identity_from`; the encoder is of no file, or it cannot be written there.
    """
    if networks.encoder_origin is None:
        raise UserError(
            f"{output} must record its encoder, and this one was not loaded from a file: use "
            "Swapper.load"
        )
    found = _gather(networks, paths, align)
    saved = SavedIdentity(found.identity, networks.encoder_origin, found.pictures)
    write_identity(output, saved)
    return saved


@dataclasses.dataclass(frozen=True, eq=False)
class _Person:
    """A person, as photographs show them.

    Attributes:
        identity: ``[512]``.
        pictures: how many it is of.
        texture: of the photograph that shows most; None: there is none, or nobody asked.
    """

    identity: np.ndarray
    pictures: int
    texture: SourceTexture | None


def _gather(
    networks: "IdentityNetworks",
    paths: Sequence[str | Path],
    align: bool,
    with_texture: bool = False,
) -> _Person:
    identities, counts, textures = [], [], []
    for path in photographs(paths):
        if is_identity_file(path):
            saved = read_identity(path)
            saved.check_encoder(networks.encoder_origin, path)
            identities.append(saved.identity)
            counts.append(saved.pictures)
            continue
        picture = read_image(path)
        try:
            identity, texture = _looked_at(networks, picture, align, with_texture)
        except UserError as error:
            raise type(error)(f"source picture {path}: {error}") from error
        identities.append(identity)
        counts.append(1)
        textures += [texture] if texture else []
    if len(identities) == 1:
        return _Person(identities[0], counts[0], best_texture(textures))
    identity = mean_identity(np.stack(identities), counts)
    return _Person(identity, sum(counts), best_texture(textures))


def _looked_at(
    networks: "IdentityNetworks", picture: np.ndarray, align: bool, with_texture: bool
) -> tuple[np.ndarray, SourceTexture | None]:
    """The identity that a picture shows, and the texture if it is wanted and there is one."""
    if not with_texture:
        return (networks.identity_of if align else networks.identity_of_crop)(picture), None
    if not align:
        return networks.identity_of_crop(picture), texture_of_crop(picture)
    landmarks = networks.largest_face(picture)
    return networks.identity_of_face(picture, landmarks), texture_of(picture, landmarks)


# A person's name, reference photographs and source photographs.
Entry = tuple[str, list[Path], list[Path]]


def read_mapping(path: Path) -> list[Entry]:
    """Reads from a JSON file who gets which identity.

    A list of ``{"name": ..., "reference": [photographs], "source": [photographs]}``: the person of
    the reference photographs gets the identity of the sources; either may be saved identities, and
    a source ``nobody``.
    Paths are relative to the file.

    Raises:
        UserError: it cannot be read, is no such list, or names a photograph that is missing.
    """
    try:
        entries = [
            (str(entry["name"]), *(_listed(entry[key], path) for key in ("reference", "source")))
            for entry in parse_json(read_text(path))
        ]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    # What is no JSON, and what is JSON of another kind.
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is not a mapping ({error!r}): write "
            f'[{{"name": "anna", "reference": ["anna.jpg"], "source": ["bea.jpg"]}}, ...]'
        ) from error
    if not entries:
        raise UserError(f"{path} is an empty mapping: name at least one person")
    for _, reference, source in entries:
        photographs(reference)
        if not is_nobody(source):
            photographs(source)
    return entries


def roles_of_mapping(
    networks: "IdentityNetworks",
    entries: Sequence[Entry],
    align: bool = True,
    seed: int = 0,
    with_texture: bool = False,
) -> list[Role]:
    """The identities of a mapping's persons.

    Args:
        networks: the loaded models.
        entries: from `read_mapping`.
        align: as in `identity_from`, of the sources.
        seed: of those who become nobody; each gets another one.
        with_texture: as for `role_of`.

    Raises:
        UserError: a photograph cannot be read, or shows no face.
    """
    return [
        role_of(networks, source, reference, align, seed + number, name, with_texture)
        for number, (name, reference, source) in enumerate(entries)
    ]


def _listed(paths: str | list[str], mapping: Path) -> list[Path]:
    paths = [paths] if isinstance(paths, str) else paths
    return [mapping.parent / path for path in paths]
