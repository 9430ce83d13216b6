"""The three networks of a swap, loaded once: generator, identity encoder, detector."""

import dataclasses
from pathlib import Path
from typing import Any, Self

import keras

from facedancer.arcface_model.encoder import describe_encoder
from facedancer.arcface_model.lite_encoder import LiteEncoder, load_embedder
from facedancer.arcface_model.pairing import check_encoder
from facedancer.networks.loading.generator import Generator, describe_generator, load_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS, Detector, load_detector
from facedancer.retinaface.loading import describe_detector
from facedancer.utils.files import identify
from facedancer.utils.flags.trust import are_saved_models_trusted, trust_saved_models

from .arguments import check_kind, check_path
from .core.boost_factor import choose_factor
from .core.pixel_boost import boosted
from .core.precision import choose_precision
from .default_networks import PLAIN, choose_networks
from .identity_networks import IdentityNetworks
from .int8_gate import check_psnr, psnr_to


@dataclasses.dataclass(frozen=True)
class GeneratorRecipe:
    """All that it takes to load a generator again, elsewhere.

    Attributes:
        path: absolute.
        precision: float32 or bfloat16, not what is best there: results would differ.
        is_trusted: whether a SavedModel is loaded unread, see `trust`.
        factor: of its pixel boost.
    """

    path: Path
    precision: str
    is_trusted: bool
    factor: int = 1

    def load(self) -> Generator:
        """The generator.

        Raises:
            UserError: it is not there, or something else.
        """
        trust_saved_models(self.is_trusted)
        return boosted(load_generator(self.path, self.precision), self.factor)


class FaceNetworks(IdentityNetworks):
    """The networks that all ways of swapping share.

    Args:
        generator: from `load_generator`.
        encoder: the identity encoder that the generator was trained with.
        detector: finds the faces of sources and targets.

    Attributes:
        fingerprint: what tells these models from others, as JSON has it: a killed run goes on with
            the same ones alone. The encoder shows in the identities.
        descriptions: what was loaded, for people; empty where it was not by `load`.
        recipe: what makes the same generator in another process; None where it was not by `load`.
        usual: the settings that its swaps have unless a caller says otherwise.
    """

    def __init__(
        self, generator: Generator, encoder: keras.Model | LiteEncoder, detector: Detector
    ) -> None:
        check_kind(generator, Generator, "the generator (`load` takes paths)")
        super().__init__(encoder, detector)
        self.generator = generator
        self.fingerprint: list[Any] = [generator.description]
        self.descriptions: dict[str, str] = {}
        self.recipe: GeneratorRecipe | None = None
        self.usual = PLAIN

    @classmethod
    def load(
        cls,
        generator: str | Path | None = None,
        encoder: str | Path | None = None,
        detector: str | Path | None = None,
        precision: str = "auto",
        any_encoder: bool = False,
        pixel_boost: str = "auto",
    ) -> Self:
        """Loads all three networks; by default those that were downloaded, or that ship.

        Args:
            generator: see `load_generator`; None: see `choose_networks`.
            encoder: the identity encoder that the generator was trained with; None: the one that
                the generator records.
            detector: see `load_detector`; None: the one that ships.
            precision: what the generator computes in, one of `precision.PRECISIONS`.
            any_encoder: take an encoder that the generator was not trained with, too.
            pixel_boost: by what factor the generator's crops are enlarged, one of
                `boost_factor.CHOICES`.

        Raises:
            UserError: a file is missing or holds something else, the generator was trained with
                another encoder, there is more than one to choose from, or in int8 its pictures
                suffer.
        """
        for path, name in ((generator, "generator"), (encoder, "encoder"), (detector, "detector")):
            if path is not None:
                check_path(path, name)
        # All three are looked at before the first one, which may take long, is loaded.
        precision = choose_precision(precision)
        choose_factor(pixel_boost, 0)  # The side is known later.
        chosen = choose_networks(generator, encoder)
        describe_generator(chosen.generator)
        encoder_description = describe_encoder(chosen.encoder)
        detector_description = describe_detector(detector or SHIPPED_WEIGHTS)
        check_encoder(chosen.generator, chosen.encoder, any_encoder)
        networks = cls(
            load_generator(chosen.generator, precision),
            load_embedder(chosen.encoder),
            load_detector(detector),
        )
        networks.encoder_path = chosen.encoder
        networks.usual = chosen.usual
        nearness = ""
        # A file of another program has not become int8: it computes as it is.
        if precision == "int8" and networks.generator.description.endswith(precision):
            psnr = psnr_to(load_generator(chosen.generator), networks.generator, networks)
            check_psnr(psnr)
            nearness = f", {psnr:.0f} dB from float32"
        factor = choose_factor(pixel_boost, networks.generator.image_size)
        networks.generator = boosted(networks.generator, factor)
        networks.fingerprint = [networks.generator.description]
        networks.descriptions = {
            **({"default networks": chosen.note} if chosen.note else {}),
            "generator": networks.generator.description + nearness,
            "identity encoder": encoder_description,
            "detector": detector_description,
        }
        networks.recipe = GeneratorRecipe(
            Path(chosen.generator).resolve(), precision, are_saved_models_trusted(), factor
        )
        paths = [chosen.generator, *([detector] if detector else [])]
        networks.fingerprint += [identify(Path(path)) for path in paths]
        return networks
