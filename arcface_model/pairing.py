"""Holds a generator to its identity encoder: with another one it swaps, and swaps wrongly."""

from pathlib import Path

from absl import logging

from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import Kind, recognise
from facedancer.utils.weights.origins import ENCODER, Origin, read_notes

from .origin import PUBLISHED_ENCODER, encoder_origin

ANY_ENCODER_HELP = "Take the encoder that is named, though the generator learnt by another one."


def trained_with(generator: str | Path) -> Origin | None:
    """The encoder that a generator learnt by; None: its file does not say.

    Raises:
        UserError: no generator lies there, or its notes are damaged.
    """
    found = recognise(generator, "generator", "name a generator's file or folder")
    if found.kind is Kind.PUBLISHED:
        return Origin(PUBLISHED_ENCODER)
    return read_notes(found).get(ENCODER)


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
            f"{generator} was trained with the identity encoder {wanted}, and {encoder} is "
            f"{given}: name that encoder, or give {flag or '--any_encoder'} to swap all the same"
        )


def _is_same(wanted: Origin, given: Origin) -> bool:
    if wanted.sha256 is None:
        return wanted.name == given.name
    return wanted.sha256 == given.sha256
