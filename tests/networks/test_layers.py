"""The custom layers: shapes, weights and configuration, their formulas, and their precision."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.fast_normalisation import FastBatchNormalization
from facedancer.arcface_model.mirrored import BothViews, FirstView, SumOfViews
from facedancer.networks.generator import _MeanMask
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.networks.layers import AFFA, AdaIN, AdaptiveAttention, Upsample
from facedancer.networks.lips import MeanPlace
from facedancer.networks.pooled_conv import PooledConv

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location(
    "layer_harness", Path(__file__).with_name("layer_harness.py")
)
layer_harness = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = layer_harness  # dataclasses look their module up
_spec.loader.exec_module(layer_harness)
LayerCase = layer_harness.LayerCase

BFLOAT16 = tf.bfloat16.as_numpy_dtype


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def normalise(x):
    """Instance normalisation with unit gamma and zero beta, in the precision of ``x``."""
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + x.dtype.type(1e-3))


def maps(rng, *shapes):
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def randomise(layer, rng):
    """Gives each weight noise, so that no bias or offset is still at its first 0 or 1."""
    layer.set_weights([rng.normal(0, 0.3, w.shape).astype(np.float32) for w in layer.get_weights()])


MAP = (2, 6, 6, 8)
STYLE = (2, 5)
# Every layer of networks/ and arcface_model/.
CASES = {
    "InstanceNorm": LayerCase(InstanceNorm, MAP, [MAP], [(8,), (8,)]),
    "Upsample": LayerCase(Upsample, MAP, [(2, 12, 12, 8)], []),
    "AdaIN": LayerCase(AdaIN, [MAP, STYLE], [MAP], [(5, 8), (8,), (5, 8), (8,)]),
    "AdaIN from one": LayerCase(
        AdaIN, [MAP, STYLE], [MAP], [(5, 8), (8,), (5, 8), (8,)], {"from_one": True}
    ),
    "AdaptiveAttention": LayerCase(
        AdaptiveAttention, [MAP, MAP, MAP], [MAP], [], keeps_float32=True
    ),
    "AFFA": LayerCase(
        AFFA,
        [MAP, MAP],
        [MAP, MAP],
        [(3, 3, 16, 2), (2,), (2,), (2,), (1, 1, 2, 8), (8,)],
        keeps_float32=True,
    ),
    "separable AFFA": LayerCase(
        AFFA,
        [MAP, MAP],
        [MAP, MAP],
        [(3, 3, 16, 1), (1, 1, 16, 2), (2,), (2,), (2,), (1, 1, 2, 8), (8,)],
        {"separable": True},
        keeps_float32=True,
    ),
    "PooledConv": LayerCase(
        PooledConv,
        MAP,
        [(2, 3, 3, 4)],
        [(3, 3, 8, 4), (4,)],
        {"filters": 4, "kernel_size": 3},
    ),
    "_MeanMask": LayerCase(
        _MeanMask, [MAP, (2, 3, 3, 4)], [(2, 12, 12)], [], {"side": 12}, is_saved=False
    ),
    "MeanPlace": LayerCase(MeanPlace, MAP, [(2, 8, 2)], [], keeps_float32=True),
    "FastBatchNormalization": LayerCase(
        FastBatchNormalization, MAP, [MAP], [(8,), (8,)], kept=[(8,), (8,)], is_saved=False
    ),
    "BothViews": LayerCase(BothViews, MAP, [(4, 6, 6, 8)], []),
    "SumOfViews": LayerCase(SumOfViews, MAP, [(1, 6, 6, 8)], []),
    "FirstView": LayerCase(FirstView, MAP, [(1, 6, 6, 8)], []),
}
ALL = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def test_the_table_holds_every_layer():
    """Classes whose base is a layer; those of the CPU form hold others, and are tested with it."""
    bases = {name: ast.unparse(base) for name, base in _classes()}
    layers = {name for name, base in bases.items() if re.search(r"\blayers\.\w+$", base)}
    assert layers == {case.kind.__name__ for case in CASES.values()}


def _classes():
    for folder in ("networks", "arcface_model"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.parent.name == "cpu_form":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield from ((node.name, base) for base in node.bases)


@ALL
def test_shapes_and_weights(case, rng):
    layer_harness.check_shapes_and_weights(case, rng)
    layer_harness.check_symbolic_shapes(case)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.is_saved],
    ids=[name for name, case in CASES.items() if case.is_saved],
)
def test_it_is_saved_and_read(case, rng, tmp_path):
    layer_harness.check_saving(case, rng, tmp_path / "model.keras")


@ALL
def test_a_step_lowers_a_loss(case, rng):
    layer_harness.check_one_step(case, rng)


@ALL
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_mixed_precision(case, dtype, rng):
    layer_harness.check_precision(case, dtype, rng)


def test_adain_scales_and_shifts_without_plus_one(rng):
    x, w = maps(rng, MAP, (2, 5))
    layer = AdaIN()
    layer([x, w])
    randomise(layer, rng)
    scale, scale_bias, shift, shift_bias = layer.get_weights()
    expected = x * (w @ scale + scale_bias)[:, None, None] + (w @ shift + shift_bias)[:, None, None]
    np.testing.assert_allclose(layer([x, w]), expected, rtol=1e-5, atol=1e-5)


def test_affa_is_equation_1(rng):
    z_a, h = maps(rng, MAP, MAP)
    layer = AFFA()
    layer([z_a, h])
    randomise(layer, rng)
    squeeze, squeeze_bias = layer.squeeze.get_weights()
    gamma, beta = layer.norm.get_weights()
    expand, expand_bias = layer.expand.get_weights()
    joined = np.pad(np.concatenate([z_a, h], -1), [(0, 0), (1, 1), (1, 1), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(joined, (3, 3), (1, 2))
    x = leaky(np.einsum("bxycij,ijcn->bxyn", windows, squeeze) + squeeze_bias)
    logits = (normalise(x) * gamma + beta) @ expand[0, 0] + expand_bias
    mask = 1 / (1 + np.exp(-logits))
    fused, m = layer([z_a, h])
    np.testing.assert_allclose(m, mask, atol=1e-5)
    np.testing.assert_allclose(fused, mask * h + (1 - mask) * z_a, atol=1e-5)


@pytest.mark.parametrize(
    ("policy", "base", "step"),
    [("mixed_bfloat16", 16.0, 0.125), ("mixed_float16", 500.0, 0.5)],
)
def test_normalisation_statistics_are_float32(policy, base, step, set_policy, rng):
    """Maps of a large mean: exact in the low precision, but their mean and squares are not."""
    low = BFLOAT16 if policy == "mixed_bfloat16" else np.float16
    x = base + step * rng.integers(0, 8, (2, 32, 32, 4))
    assert np.array_equal(x.astype(low).astype(np.float64), x)
    expected = normalise(x)
    # What statistics in the low precision would give: far off, or not finite.
    with np.errstate(all="ignore"):
        spoilt = np.nan_to_num(normalise(x.astype(low)).astype(np.float64), nan=99, posinf=99)
    assert np.abs(spoilt - expected).max() > 0.02

    set_policy(policy)
    result = InstanceNorm()(tf.cast(x, policy.removeprefix("mixed_")))
    assert result.dtype == policy.removeprefix("mixed_")
    np.testing.assert_allclose(result.numpy().astype(np.float64), expected, atol=0.01)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_gate_is_float32(policy, set_policy, rng):
    low = BFLOAT16 if policy == "mixed_bfloat16" else np.float16
    set_policy(policy)
    z_a, h = maps(rng, MAP, MAP)
    layer = AFFA()
    layer([z_a, h])
    randomise(layer, rng)
    fused, m = (result.numpy() for result in layer([z_a, h]))
    assert layer.squeeze.compute_dtype == layer.expand.compute_dtype == low.__name__
    assert fused.dtype == m.dtype == np.float32
    # A sigmoid in the low precision would give numbers that the low precision holds.
    assert np.mean(m.astype(low).astype(np.float32) != m) > 0.5
    np.testing.assert_allclose(fused, m * h + (1 - m) * z_a, atol=1e-6)
