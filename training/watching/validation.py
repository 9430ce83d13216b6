"""Tries a run's generator on fixed pairs of faces: numbers to judge it, pictures to look at."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.distances import cosine_distance, l1_distance
from facedancer.losses.ifsr import ifsr_distances, ifsr_limits
from facedancer.networks.generator import EMBEDDING_SIZE, attention_masks
from facedancer.networks.layers import AFFA
from facedancer.utils.images import uint8_to_signed

from ..networks.trained import TrainedNetworks
from ..settings.train_config import TrainConfig
from .fixed_pairs import FixedPairs, read_pairs
from .photographs import read_photographs

SAMPLE_ROWS = 8
_LARGEST_BATCH = 16


class Validation:
    """The validation pass and the sample grid, on the same pairs through the whole run.

    Both work on one device, with the first replica's variables, outside `Strategy.run`.

    Args:
        config: names the data; its batch size, at most 16, is this pass's too.
        networks: their `output_generator` is judged, by their identity encoder.

    Raises:
        UserError: the data cannot be read. Whether it suits the run, `check_data` tells.
    """

    def __init__(self, config: TrainConfig, networks: TrainedNetworks) -> None:
        pairs = read_pairs(
            config.validation_folders, skip_corrupt=config.skip_corrupt, **config.code_settings
        )
        # What is judged comes first; photographs are shown, and judged by whoever looks at them.
        self._judged = len(pairs.targets)
        if config.sample_photographs:
            pairs = _joined(pairs, read_photographs(config.sample_photographs, config.image_size))
        self._targets, self._source_of = pairs.targets, pairs.source_of
        self._codes, self._own_codes = pairs.codes, pairs.own_codes
        self._batch_size = min(config.batch_size, _LARGEST_BATCH)
        self._identities = np.concatenate(
            [
                encode(networks.encoder, self._target(rows))["embedding"]
                for rows in self._batches(0, len(self._targets))
            ]
        )
        model = _with_masks(networks.output_generator)
        self._reads_sources = networks.ifsr_is_relative
        image = tf.TensorSpec([None, config.image_size, config.image_size, 3])
        identity = tf.TensorSpec([None, EMBEDDING_SIZE])
        given = tf.TensorSpec(model.inputs[1].shape)
        # Of any batch size: a last batch that is smaller is not traced again.
        self._generate = tf.function(
            lambda target, identity: _generate(model, target, identity),
            input_signature=[image, given],
            autograph=False,
        )
        self._compare = tf.function(
            lambda *pictures: _compare(networks, *pictures),
            input_signature=[image, image, image, identity, *[image] * self._reads_sources],
            autograph=False,
        )

    def scalars(self) -> dict[str, float]:
        """The generator in numbers by log name, each over all pairs.

        * ``validation/identity_source``, ``validation/identity_target``: mean cosine of I(X_c) with
          I(X_s) and with I(X_t), -1..1. The first must come to lie above the second.
        * ``validation/reconstruction``: mean ``|G(X_t, I(X_t)) - X_t|``, signed range; small.
        * ``validation/change``: mean ``|X_c - X_t|``, signed range; near 0 nothing is swapped.
        * ``validation/score``: identity_source - reconstruction, higher is better. Each alone has a
          cheap way to be good: a picture that pleases the encoder only, and a copy of the target.
        * ``ifsr_active/<block>``: share of pairs whose distance exceeds its limit in eq. 2, 0..1.
        * ``affa_mask/<side>/mean``, ``affa_mask/<side>/std``: over all pixels, channels and swaps,
          0..1. Without deviation the gate no longer chooses.
        """
        batches = [self._measure(rows) for rows in self._batches(0, self._judged)]
        pairs = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        means = {name: float(values.mean()) for name, values in pairs.items()}
        scalars = {}
        for name, mean in means.items():
            mask = name.removesuffix("/variance")
            if mask == name:
                scalars[name] = mean
            else:
                # The variance over all pairs: what is within each, and that of their means.
                scalars[f"{mask}/std"] = float(np.sqrt(mean + pairs[f"{mask}/mean"].var()))
        scalars["validation/score"] = (
            means["validation/identity_source"] - means["validation/reconstruction"]
        )
        return scalars

    def samples(self) -> dict[str, np.ndarray]:
        """The sample grid's columns, each ``[N, S, S, 3]`` signed RGB: N <= 8, and photographs.

        Target, source, swap, the target as its own source, the swap with the target's identity
        given back, and ``mask_<side>`` for each AFFA: the swap's mask, the mean over its channels,
        -1 (black) where the target's feature passes, 1 (white) where the decoder's does.
        """
        shown = [
            *self._batches(0, min(SAMPLE_ROWS, self._judged)),
            *self._batches(self._judged, len(self._targets)),
        ]
        batches = [self._draw(rows) for rows in shown]
        return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}

    def _measure(self, rows: slice) -> dict[str, np.ndarray]:
        """Each pair's numbers by log name; in place of a mask's std its variance."""
        target, source_identity = self._target(rows), self._identities[self._source_of[rows]]
        swap = self._generate(target, self._of_source(rows))
        reconstruction = self._generate(target, self._own(rows))["image"]
        sources = [uint8_to_signed(self._targets[self._source_of[rows]])] * self._reads_sources
        numbers = self._compare(target, swap["image"], reconstruction, source_identity, *sources)
        numbers |= {f"affa_mask/{name}": value for name, value in swap["mask_numbers"].items()}
        return {name: value.numpy() for name, value in numbers.items()}

    def _draw(self, rows: slice) -> dict[str, tf.Tensor]:
        target, own = self._target(rows), self._own(rows)
        source_of = self._source_of[rows]
        swap = self._generate(target, self._of_source(rows))
        side = target.shape[1]
        return {
            "target": target,
            "source": uint8_to_signed(self._targets[source_of]),
            "swap": swap["image"],
            "reconstruction": self._generate(target, own)["image"],
            "cycle": self._generate(swap["image"], own)["image"],
            **{
                f"mask_{name}": tf.repeat(
                    # Nearest: one square a value, as the decoder has it.
                    tf.image.resize(mask, (side, side), "nearest") * 2.0 - 1.0,
                    3,
                    axis=-1,
                )
                for name, mask in swap["masks"].items()
            },
        }

    def _of_source(self, rows: slice) -> np.ndarray:
        """The generator's second input for swaps: identities, and codes where it takes them."""
        return _with_codes(self._identities[self._source_of[rows]], self._codes, rows)

    def _own(self, rows: slice) -> np.ndarray:
        """The same for targets that are their own sources."""
        return _with_codes(self._identities[rows], self._own_codes, rows)

    def _target(self, rows: slice) -> tf.Tensor:
        return uint8_to_signed(self._targets[rows])

    def _batches(self, start: int, stop: int) -> Iterator[slice]:
        for first in range(start, stop, self._batch_size):
            yield slice(first, min(first + self._batch_size, stop))


def _with_codes(identities: np.ndarray, codes: np.ndarray | None, rows: slice) -> np.ndarray:
    return identities if codes is None else np.concatenate([identities, codes[rows]], 1)


def _joined(pairs: FixedPairs, more: FixedPairs) -> FixedPairs:
    source_of = np.concatenate([pairs.source_of, more.source_of + len(pairs.targets)])
    return FixedPairs(np.concatenate([pairs.targets, more.targets]), source_of)


def _with_masks(generator: keras.Model) -> keras.Model:
    """The generator with a second output: its AFFA masks by side, none where it has no AFFA."""
    has_masks = any(isinstance(layer, AFFA) for layer in generator.layers)
    masks = attention_masks(generator).output if has_masks else {}
    return keras.Model(generator.inputs, (generator.output, masks))


def _generate(
    model: keras.Model, target: tf.Tensor, identity: tf.Tensor
) -> dict[str, tf.Tensor | dict[str, tf.Tensor]]:
    """A picture, its masks averaged over their channels, and each whole mask's mean and variance.

    Made small here: a mask itself is as large as the network's largest feature.
    """
    image, masks = model([target, identity], training=False)
    numbers = {}
    for side, mask in masks.items():
        numbers[f"{side}/mean"] = tf.reduce_mean(mask, [1, 2, 3])
        numbers[f"{side}/variance"] = tf.math.reduce_variance(mask, [1, 2, 3])
    grey = {side: tf.reduce_mean(mask, -1, keepdims=True) for side, mask in masks.items()}
    return {"image": image, "masks": grey, "mask_numbers": numbers}


def _compare(
    networks: TrainedNetworks,
    target: tf.Tensor,
    swap: tf.Tensor,
    reconstruction: tf.Tensor,
    source_identity: tf.Tensor,
    *source: tf.Tensor,
) -> dict[str, tf.Tensor]:
    """Numbers of each pair, ``[B]`` float32 by log name; the source where limits are relative."""
    pictures = [target, swap, *source]
    codes = encode(networks.encoder, tf.concat(pictures, 0))
    parts = {name: tf.split(value, len(pictures)) for name, value in codes.items()}
    of_target, of_swap, *of_source = (
        {name: part[i] for name, part in parts.items()} for i in range(len(pictures))
    )
    distances = ifsr_distances(of_target, of_swap, networks.ifsr_margins)
    limits = ifsr_limits(networks.ifsr_margins, networks.margin_scale, of_target, *of_source)
    active = tf.cast(distances > limits, tf.float32)
    return {
        "validation/identity_source": 1 - cosine_distance(of_swap["embedding"], source_identity),
        "validation/identity_target": 1
        - cosine_distance(of_swap["embedding"], of_target["embedding"]),
        "validation/reconstruction": l1_distance(reconstruction, target),
        "validation/change": l1_distance(swap, target),
        **{f"ifsr_active/{block}": active[:, i] for i, block in enumerate(networks.ifsr_margins)},
    }
