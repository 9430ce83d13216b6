"""The four fusions, and adding one."""

import keras
import numpy as np
import pytest

from facedancer.networks.fusions import FUSIONS, stage_fusions

MAP = (4, 4, 8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no_skip", lambda z_a, h: h),
        ("concat", lambda z_a, h: np.concatenate([z_a, h], -1)),
        ("add", lambda z_a, h: z_a + h),
        # All weights are 0 below, so the mask is sigmoid(0).
        ("affa", lambda z_a, h: (z_a + h) / 2),
    ],
)
def test_fusion(name, expected, rng):
    inputs = [keras.Input(MAP), keras.Input(MAP)]
    model = keras.Model(inputs, FUSIONS[name](*inputs, "16x16"))
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    z_a, h = (rng.normal(size=(2, *MAP)).astype(np.float32) for _ in range(2))
    np.testing.assert_allclose(model([z_a, h]), expected(z_a, h), atol=1e-6)


def test_a_new_fusion_is_one_table_row(monkeypatch):
    def multiply(z_a, h, name):
        return keras.layers.Multiply(name=name)([z_a, h])

    monkeypatch.setitem(FUSIONS, "multiply", multiply)
    assert stage_fusions(["multiply"] * 5, 5) == [multiply] * 5
