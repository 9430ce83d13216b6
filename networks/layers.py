"""The generator's own layers: AdaIN, and AFFA with its gate.

Each keeps the arithmetic that low precision would spoil in float32, whatever the global dtype
policy: normalisation statistics, the mask's sigmoid and the blend.
"""

from collections.abc import Callable

import keras
from keras import ops

from .instance_norm import InstanceNorm

Normalisation = Callable[[keras.KerasTensor], keras.KerasTensor]

LEAKY_SLOPE = 0.2
# A first weight of `AdaIN` that hardly scales: embeddings have a length of about 20.
_LITTLE = 1e-3


@keras.saving.register_keras_serializable(package="facedancer")
class Upsample(keras.layers.UpSampling2D):
    """Doubles the side by bilinear interpolation, in float32 and rounded once."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**{**kwargs, "interpolation": "bilinear"})

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """``[B, H, W, C]`` -> ``[B, 2 H, 2 W, C]``."""
        # Keras's own way back to a low precision clips, compares and selects on the large map.
        return ops.cast(super().call(ops.cast(inputs, "float32")), self.compute_dtype)


@keras.saving.register_keras_serializable(package="facedancer")
class AdaIN(keras.layers.Layer):
    """Scales and shifts each channel as a style vector says (the paper's section 3.1).

    ``x * Dense(w) + Dense(w)``: the scale has no "+ 1", and `InstanceNorm` goes before.

    Call it on ``[x, w]``: features ``[B, H, W, C]`` and a style ``[B, N]``; the result has the
    shape of ``x``.

    Args:
        from_one: the first scales are near 1 and the first shifts near 0, whatever the style; else
            both are random and differ from style to style, signs included.
    """

    def __init__(self, from_one: bool = False, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.from_one = from_one

    def get_config(self) -> dict[str, object]:
        """Returns what Keras saves; older files have no ``from_one``."""
        config = super().get_config()
        return {**config, "from_one": True} if self.from_one else config

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Takes the channels of ``x`` and the length of ``w`` from the shapes of ``[x, w]``."""
        features_shape, style_shape = input_shape
        channels = features_shape[-1]
        kernel, scales = "glorot_uniform", "zeros"
        if self.from_one:
            kernel, scales = keras.initializers.RandomNormal(stddev=_LITTLE), "ones"
        common = {"units": channels, "kernel_initializer": kernel, "dtype": self.dtype_policy}
        self.scale = keras.layers.Dense(bias_initializer=scales, name="scale", **common)
        self.shift = keras.layers.Dense(name="shift", **common)
        self.scale.build(style_shape)
        self.shift.build(style_shape)

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """``[x, w]`` -> ``x`` in the style ``w``."""
        x, w = inputs
        scale, shift = self.style(w)
        return x * scale[:, None, None, :] + shift[:, None, None, :]

    def compute_output_shape(
        self, input_shape: list[tuple[int | None, ...]]
    ) -> tuple[int | None, ...]:
        """That of ``x``; Keras would trace `call` to learn it."""
        return tuple(input_shape[0])

    def style(self, w: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """A style ``[B, N]`` -> its scale and its shift of each channel, ``[B, C]`` each."""
        return self.scale(w), self.shift(w)


@keras.saving.register_keras_serializable(package="facedancer")
class AdaptiveAttention(keras.layers.Layer):
    """The gate of the paper's eq. 1: ``m * h + (1 - m) * z_a``, in float32.

    Call it on ``[m, z_a, h]``, all ``[B, H, W, C]``, ``m`` in [0, 1].
    """

    def __init__(self, dtype: str | keras.DTypePolicy = "float32", **kwargs: object) -> None:
        super().__init__(dtype=dtype, **kwargs)

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """``[m, z_a, h]`` -> their blend, float32."""
        m, z_a, h = inputs
        # Eq. 1 with one product of large maps instead of two.
        return z_a + m * (h - z_a)


@keras.saving.register_keras_serializable(package="facedancer")
class AFFA(keras.layers.Layer):
    """Adaptive Feature Fusion Attention (the paper's section 3.2, eq. 1).

    Learns for each channel of each pixel whether the target's feature ``z_a`` or the decoder's
    ``h`` is let through: ``m = sigmoid(conv1x1(InstanceNorm(LeakyReLU(conv3x3([z_a, h])))))``, the
    3x3 convolution squeezing to a quarter of the channels.

    Call it on ``[z_a, h]``, both ``[B, H, W, C]``, C at least 4. Returns ``(fused, m)``, both
    ``[B, H, W, C]`` float32.

    Args:
        separable: the 3x3 convolution is one filter for each channel, then a 1x1 convolution.
    """

    def __init__(self, separable: bool = False, **kwargs: object) -> None:
        # Each part casts for itself: casting here would round z_a and h before the blend.
        super().__init__(autocast=False, **kwargs)
        self.separable = separable

    def get_config(self) -> dict[str, object]:
        """Returns what Keras saves; older files have no ``separable``."""
        config = super().get_config()
        return {**config, "separable": True} if self.separable else config

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Takes the channels from the shapes of ``[z_a, h]``."""
        *sides, channels = input_shape[0]
        policy = self.dtype_policy
        self.concatenate = keras.layers.Concatenate(dtype=policy)
        convolve = keras.layers.SeparableConv2D if self.separable else keras.layers.Conv2D
        self.squeeze = convolve(channels // 4, 3, padding="same", dtype=policy, name="squeeze")
        self.activation = keras.layers.LeakyReLU(LEAKY_SLOPE, dtype=policy)
        self.norm = InstanceNorm(dtype=policy, name="norm")
        self.expand = keras.layers.Conv2D(channels, 1, dtype=policy, name="expand")
        self.gate = AdaptiveAttention()
        self.squeeze.build((*sides, 2 * channels))
        self.norm.build((*sides, channels // 4))
        self.expand.build((*sides, channels // 4))

    def call(self, inputs: list[keras.KerasTensor]) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """``[z_a, h]`` -> ``(fused, m)``."""
        return self.fuse(*inputs, normalise=self.norm)

    def compute_output_spec(self, inputs: list[keras.KerasTensor]) -> tuple[keras.KerasTensor, ...]:
        """Both float32, of ``z_a``'s shape; Keras would trace `call` to learn it."""
        return tuple(keras.KerasTensor(inputs[0].shape, "float32") for _ in range(2))

    def fuse(
        self, z_a: keras.KerasTensor, h: keras.KerasTensor, normalise: Normalisation
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """``call``, by a function that computes what the layer's ``norm`` does."""
        x = self.activation(self.squeeze(self.concatenate([z_a, h])))
        m = ops.sigmoid(ops.cast(self.expand(normalise(x)), "float32"))
        return self.gate([m, z_a, h]), m
