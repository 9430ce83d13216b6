"""Holds a generator to its identity encoder: with another one it swaps, and swaps wrongly."""

from pathlib import Path

from absl import logging

from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import Kind, fingerprint, recognise
from facedancer.utils.weights.origins import ENCODER, SECOND_ENCODER, Origin, read_notes
from facedancer.utils.weights.published import download_command

from .origin import PUBLISHED_ENCODER, UNTRAINED_SMALL, encoder_origin


def trained_with(generator: str | Path) -> Origin | None:
    """The encoder that a generator learnt by; None: its file does not say.

    Raises:
        UserError: no generator lies there, or its notes are damaged.
    """
    found = recognise(generator, "generator", "name a generator's file or folder")
    if found.kind is Kind.PUBLISHED:
        return Origin(PUBLISHED_ENCODER)
    return read_notes(found).get(ENCODER)


def also_trained_with(generator: str | Path) -> Origin | None:
    """The second encoder of a generator's training, which swapping does not need; None: none.

    Raises:
        UserError: no generator lies there, or its notes are damaged.
    """
    found = recognise(generator, "generator", "name a generator's file or folder")
    return read_notes(found).get(SECOND_ENCODER)


def check_encoder(
    generator: str | Path, encoder: str | Path, any_encoder: bool = False, flag: str = ""
) -> None:
    """Refuses an encoder that the generator did not learn by.

    Where the generator does not record its encoder, a warning says so.

    Args:
        generator: as for `load_generator`.
        encoder: as for `load_embedder`.
        any_encoder: pass all.
        flag: how the caller's user overrides this; "": by ``--any_encoder``.

    Raises:
        UserError: it is another encoder, or one of the two is missing or damaged.
    """
    if any_encoder:
        return
    wanted, given = trained_with(generator), encoder_origin(encoder)
    if wanted is None:
        logging.warning(
            "%s does not record its identity encoder: the swap is right with the one that it was "
            "trained with alone",
            generator,
        )
    elif not _is_same(wanted, given):
        raise UserError(
            f"{generator} was trained with the identity encoder {wanted}, but {encoder} is "
            f"{given}: give the former, or {flag or '--any_encoder'} to use this one anyway"
        )


def recorded_encoder(generator: str | Path, folder: Path) -> str | Path:
    """Finds the encoder that a generator learnt by.

    Args:
        generator: as for `load_generator`.
        folder: where it is looked for, at any depth, by the name and SHA-256 that the generator
            records: `MODEL_ZOO`.

    Returns:
        What `load_embedder` takes.

    Raises:
        UserError: the generator does not record it, or it is not there.
    """
    wanted = trained_with(generator)
    if wanted is None:
        raise UserError(
            f"{generator} does not record its identity encoder: give --encoder, the one that it "
            "was trained with"
        )
    if wanted == Origin(UNTRAINED_SMALL):
        return UNTRAINED_SMALL
    # Whatever it is called now, it still ends as it did; of that name is the likeliest.
    name = wanted.name.lower()
    alike = sorted(path for path in folder.rglob(f"*{Path(name).suffix}") if path.is_file())
    for path in sorted(alike, key=lambda path: path.name.lower() != name):
        is_named = path.name.lower() == name
        if is_named if wanted.sha256 is None else fingerprint(path) == wanted.sha256:
            return path
    is_published = wanted.name == PUBLISHED_ENCODER
    more = f" ({download_command('arcface')} gets it)" if is_published else ""
    raise UserError(
        f"{generator} was trained with the identity encoder {wanted}, which is not in {folder}: "
        f"give --encoder, its file{more}"
    )


def _is_same(wanted: Origin, given: Origin) -> bool:
    if wanted.sha256 is None:
        return wanted.name == given.name
    return wanted.sha256 == given.sha256
