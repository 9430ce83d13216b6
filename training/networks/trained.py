"""Builds the networks of a training: the two that learn, those that judge, and their rules."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import TypeVar

import keras
import tensorflow as tf

from facedancer.arcface_model.choices import LOSS_REGRESSORS
from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import load_loss_regressor
from facedancer.arcface_model.folding import fold_normalisations
from facedancer.arcface_model.interface import check_blocks
from facedancer.arcface_model.low_precision import in_bfloat16
from facedancer.losses.terms import LossWeights
from facedancer.networks.cpu_form.form import trained_form
from facedancer.networks.discriminator import get_discriminator, late_features
from facedancer.networks.feature_extractor import get_feature_extractor
from facedancer.utils.errors import UserError

from ..devices.strategy import is_compiled
from ..settings.train_config import TrainConfig
from .adaptive_scale import AdaptiveScale
from .optimizers import make_gan_adam
from .player import Player

Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedNetworks:
    """The two networks that learn, those that judge and stay frozen, and the rules.

    Attributes:
        generator: swaps.
        discriminator: tells swaps from photographs.
        encoder: the identity encoder, its normalisations folded.
        extractor: feature maps for the perceptual terms; None where none has a weight.
        profile: the losses' form, ``paper`` or ``released``.
        weights: of the loss terms.
        ifsr_scale: s of the paper's eq. 2, before the first step if it adapts.
        ifsr_margins: its m_i by block, or shares of the distance between target and source.
        seed: of the gradient penalty's random numbers.
        penalty_every: the gradient penalty is taken in every so many steps, that much heavier.
        accumulate: batches that make one step.
        average: a generator whose weights follow `generator`'s as a running mean; may be None.
        average_decay: of that mean.
        is_compiled: whether XLA compiles what a step calls, see `compiled`.
        ifsr_is_relative: whether ``ifsr_margins`` are such shares.
        adaptive_scale: what moves s; None where it stays.
        regressors: those whose terms have a weight, of `arcface_model.choices.LOSS_REGRESSORS`.
        second_encoder: another identity encoder that the swap must convince, its normalisations
            folded; None where its term has no weight.
        identity_of_answer: whether swaps should have the identity of their known answer, not of
            their source, see `wanted_identity`.
        grey_encoder_gradient: whether the gradient of encoders and regressors is made grey, see
            `grey_gradient`.
        encoder_jitter: strength of the random views in which they see swap and target, see
            `training.encoder_view`.
        identity_mixing: how far sources' identities are moved, see `training.identity_mixing`.
        late_features: a picture -> maps of the discriminator's later half; None where no term
            matches them.
        attributes: a picture -> the generator's own maps of its attributes; None where no term
            reads them.
    """

    generator: Player
    discriminator: Player
    encoder: keras.Model
    extractor: Callable[[tf.Tensor], list[tf.Tensor]] | None
    profile: str
    weights: LossWeights
    ifsr_scale: float
    ifsr_margins: Mapping[str, float]
    seed: int
    penalty_every: int = 1
    accumulate: int = 1
    average: keras.Model | None = None
    average_decay: float = 0.0
    is_compiled: bool = False
    ifsr_is_relative: bool = False
    adaptive_scale: AdaptiveScale | None = None
    regressors: Mapping[str, keras.Model] = dataclasses.field(default_factory=dict)
    second_encoder: keras.Model | None = None
    identity_of_answer: bool = False
    grey_encoder_gradient: bool = False
    encoder_jitter: float = 0.0
    identity_mixing: float = 0.0
    late_features: keras.Model | None = None
    attributes: keras.Model | None = None

    @property
    def margin_scale(self) -> tf.Tensor | float:
        """The present s of eq. 2."""
        return self.adaptive_scale.scale() if self.adaptive_scale else self.ifsr_scale

    @property
    def output_generator(self) -> keras.Model:
        """The generator that a run gives: its running average if there is one."""
        return self.average or self.generator.network

    def compiled(self, network: Callable[..., Result]) -> Callable[..., Result]:
        """A function of tensors as a step is to call it: compiled by XLA, or as it is.

        Each network alone, not the whole step: how many pairs the perceptual term looks at is known
        when it runs, which XLA does not take.
        """
        if not self.is_compiled:
            return network
        return tf.function(network, autograph=False, jit_compile=True)

    def trackables(self) -> dict[str, object]:
        """All that a checkpoint must hold as well as the step, by name."""
        parts = {name: player.network for name, player in self.players.items()}
        for name, player in self.players.items():
            parts |= {f"{name}_{part}": value for part, value in player.state().items()}
        optional = {"generator_average": self.average, "ifsr_scale": self.adaptive_scale}
        return parts | {name: part for name, part in optional.items() if part}

    @property
    def players(self) -> dict[str, Player]:
        """The two that learn, by the name they are logged under."""
        return {"generator": self.generator, "discriminator": self.discriminator}


def build_networks(config: TrainConfig, strategy: tf.distribute.Strategy) -> TrainedNetworks:
    """Networks, optimizers and rules, in the strategy's scope and the config's precision.

    Raises:
        UserError: a flag's value that only the networks can judge, or weights that do not load.
    """
    previous_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.precision)
    try:
        with strategy.scope():
            return _build(config)
    finally:
        keras.config.set_dtype_policy(previous_policy)


def encodes_in_bfloat16(config: TrainConfig) -> bool:
    """Tells whether the frozen identity encoder computes its maps in bfloat16.

    float16 has no room for what an encoder of unknown origin may hold.
    """
    return config.precision == "mixed_bfloat16"


def _build(config: TrainConfig) -> TrainedNetworks:
    keras.utils.set_random_seed(config.seed)
    try:
        generator = _generator(config)
        discriminator = get_discriminator(config.image_size, config.base_width)
    except ValueError as error:
        raise UserError(str(error)) from error
    extractor = None
    if config.perceptual_weight or config.truth_weight:
        extractor = get_feature_extractor(config.perceptual_features, config.loss_profile)
    average = None
    if config.ema:
        average = _generator(config)
        average.set_weights(generator.get_weights())
    adaptive_scale = None
    if config.ifsr_margins_mode == "adaptive" and config.ifsr_weight:
        adaptive_scale = AdaptiveScale(config.ifsr_scale, config.ifsr_goal)
    regressors = {
        target: load_loss_regressor(target, getattr(config, f"{target}_regressor"))
        for target in LOSS_REGRESSORS
        if getattr(config.loss_weights, target)
    }
    matched = trained_form(late_features(discriminator)) if config.matching_weight else None
    attributes = config.attributes_of(generator) if config.attributes_weight else None
    encoder = load_encoder(config.encoder)
    if config.ifsr_weight:
        check_blocks(encoder, config.margins, "--ifsr_margins")
    second_encoder = None
    if config.second_identity_weight:
        second_encoder = _judging_form(load_encoder(config.second_encoder), config)
    scale_loss, accumulate = config.precision == "mixed_float16", config.accumulate > 1
    return TrainedNetworks(
        generator=Player(generator, _optimizer(config), scale_loss, accumulate),
        discriminator=Player(discriminator, _optimizer(config), scale_loss, accumulate),
        encoder=_judging_form(encoder, config),
        extractor=extractor,
        profile=config.loss_profile,
        weights=config.loss_weights,
        ifsr_scale=config.ifsr_scale,
        ifsr_margins=config.hinge_factors,
        seed=config.seed,
        penalty_every=config.penalty_every,
        accumulate=config.accumulate,
        average=average,
        average_decay=config.ema,
        is_compiled=is_compiled(config.jit_compile),
        ifsr_is_relative=config.is_relative,
        adaptive_scale=adaptive_scale,
        regressors=regressors,
        second_encoder=second_encoder,
        identity_of_answer=config.identity_of == "answer",
        grey_encoder_gradient=config.encoder_gradient == "grey",
        encoder_jitter=config.encoder_jitter,
        identity_mixing=config.identity_mixing,
        late_features=matched,
        attributes=trained_form(attributes) if attributes else None,
    )


def _judging_form(encoder: keras.Model, config: TrainConfig) -> keras.Model:
    folded = fold_normalisations(encoder)
    return in_bfloat16(folded) if encodes_in_bfloat16(config) else folded


def _generator(config: TrainConfig) -> keras.Model:
    return config.new_generator(config.image_size)


def _optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    return make_gan_adam(
        config.learning_rate, config.learning_rate_decay, config.learning_rate_decay_steps
    )
