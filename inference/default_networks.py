"""The networks that a swap takes where none are named: what was downloaded, else what ships."""

import dataclasses
from pathlib import Path

from facedancer.arcface_model.origin import PUBLISHED_ENCODER
from facedancer.arcface_model.pairing import check_encoder, recorded_encoder
from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import MODEL_ZOO, PUBLISHED, download_command

from .blending.colour import DEFAULT_COLOUR

_GENERATOR_FLAG = PUBLISHED["config_c_hq"].flag
_GENERATORS = {
    file.lower() for one in PUBLISHED.values() if one.flag == _GENERATOR_FLAG for file in one.files
}


# As a colour match or a texture: whatever is usual for the generator.
AS_USUAL = "auto"
ON, OFF = "on", "off"


@dataclasses.dataclass(frozen=True)
class Usual:
    """Settings that a generator's swaps usually have: the defaults of the flags.

    Attributes:
        strength: how far a face goes from its own identity to the source's, see `steer`.
        colour: how its colours are matched, one of `COLOURS`.
        texture: whether the source's own skin is fitted in: `ON` or `OFF`.
    """

    strength: float = 1.0
    colour: str = DEFAULT_COLOUR
    texture: str = OFF

    def but(self, strength: float | None, colour: str, texture: str) -> "Usual":
        """These settings, but for what is given: not None, and not `AS_USUAL`."""
        return Usual(
            self.strength if strength is None else strength,
            self.colour if colour == AS_USUAL else colour,
            self.texture if texture == AS_USUAL else texture,
        )


# Of all generators but the one that ships.
PLAIN = Usual()


@dataclasses.dataclass(frozen=True)
class Shipped:
    """A pair of networks that ships.

    Attributes:
        generator: below ``model_zoo/``.
        encoder: likewise, the one that it learnt by.
        words: what they are, for people.
        usual: the settings that its swaps usually have.
    """

    generator: str
    encoder: str
    words: str
    usual: Usual


# What swap, demo, API, page and server take where nothing is named and nothing was downloaded: to
# ship another default, name it here.
SHIPPED = Shipped(
    "photographs/generator.keras",
    "dlib/encoder.keras",
    "for photographs, of 128 px, trained on rendered people",
    # Measured: docs/evaluation.md#photographs.
    Usual(strength=1.3, colour="even", texture=ON),
)


@dataclasses.dataclass(frozen=True)
class Chosen:
    """A generator and its identity encoder.

    Attributes:
        generator: as for `load_generator`.
        encoder: as for `load_embedder`.
        note: which were taken, and what for, in one line; empty where the user named the generator.
    """

    generator: str | Path
    encoder: str | Path
    note: str = ""

    @property
    def usual(self) -> Usual:
        """Settings that this generator's swaps usually have."""
        return usual_of(self.generator)


def usual_of(generator: str | Path) -> Usual:
    """Finds the usual settings of a generator: as measured for the one that ships.

    Args:
        generator: as for `load_generator`; an export of the one that ships is another.
    """
    is_shipped = Path(generator).resolve() == (MODEL_ZOO / SHIPPED.generator).resolve()
    return SHIPPED.usual if is_shipped else PLAIN


def choose_networks(
    generator: str | Path | None = None, encoder: str | Path | None = None, folder: Path = MODEL_ZOO
) -> Chosen:
    """Completes what the user named.

    Without a generator it is the only published one in the folder, if its encoder is there too,
    else `SHIPPED`. Without an encoder it is the one that the generator records.

    Args:
        generator: as for `load_generator`; None: not named.
        encoder: as for `load_embedder`; None: not named.
        folder: where ``model_zoo/download.py`` puts files.

    Raises:
        UserError: several generators were downloaded, the encoder cannot be found, or it alone was
            named.
    """
    if generator is not None:
        return Chosen(
            generator, recorded_encoder(generator, folder) if encoder is None else encoder
        )
    if encoder is not None:
        raise UserError(
            f"{encoder} alone does not determine the generator: give --generator too, or neither"
        )
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    generators = [path for path in files if path.name.lower() in _GENERATORS]
    encoders = [path for path in files if path.name.lower() == PUBLISHED_ENCODER.lower()]
    if generators and encoders:
        if len(generators) > 1:
            names = ", ".join(str(path) for path in generators)
            raise UserError(f"several generators were downloaded: give --generator, one of {names}")
        note = f"{generators[0].name} and {encoders[0].name}, as downloaded into {folder}"
        return Chosen(generators[0], encoders[0], note)
    return _shipped(generators, folder)


def choose_encoder(
    generator: str | Path | None, encoder: str | Path | None, any_encoder: bool = False
) -> str | Path:
    """The identity encoder, for commands that need no generator.

    Args:
        generator: whose encoder it is to be; None: not named.
        encoder: None: the generator's; without one, see `choose_networks`.
        any_encoder: take an encoder that the generator was not trained with, too.

    Raises:
        UserError: see `choose_networks`; or the two do not belong together.
    """
    if generator is None and encoder is not None:
        return encoder
    chosen = choose_networks(generator, encoder)
    if generator is not None:
        check_encoder(generator, chosen.encoder, any_encoder)
    return chosen.encoder


def _shipped(generators: list[Path], folder: Path) -> Chosen:
    note = f"those that ship, {SHIPPED.words}; "
    if generators:
        note += f"{generators[0].name} lacks its encoder, which {download_command('arcface')} gets"
    else:
        note += f"{download_command('config_c_hq arcface')} gets the published ones"
    return Chosen(MODEL_ZOO / SHIPPED.generator, MODEL_ZOO / SHIPPED.encoder, note)
