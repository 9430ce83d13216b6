"""The benchmark of operations: whose they are, what they are, and their shares."""

import pytest

from facedancer.benchmarks.operations import kind_group, markdown, network_group, shares

TIMES = {
    ("_MklNativeFusedConv2D", "generator_1/stem_1/BiasAdd"): 3.0,
    ("_MklNativeConv2DBackpropFilter", "gradient_tape/generator_3/stem_1/Conv2DBackpropFilter"): 1,
    ("_MklNativeConv2DBackpropInput", "gradient_tape/discriminator_1/stem/Conv2D"): 2.0,
    ("Cast", "dlib_resnet_1/Cast"): 1.0,
    ("ResourceApplyAdam", "cond/update_0_3/ResourceApplyAdam"): 1.0,
    ("Mul", "mul_7"): 2.0,
}


def test_shares_by_kind():
    found = shares(TIMES, kind_group)
    assert sum(found.values()) == pytest.approx(1)
    assert found == pytest.approx(
        {
            "convolutions, forward": 0.3,
            "convolutions, gradients by weights": 0.1,
            "convolutions, gradients by maps": 0.2,
            "casts": 0.1,
            "Adam": 0.1,
            "all else": 0.2,
        }
    )


def test_shares_by_network():
    assert shares(TIMES, network_group) == pytest.approx(
        {
            "generator, forward": 0.3,
            "generator, backward": 0.1,
            "discriminator, backward": 0.2,
            "identity encoder, forward": 0.1,
            "updates": 0.1,
            "losses and all else": 0.2,
        }
    )


def test_a_row_for_each_group_the_largest_first():
    text = markdown({"a swap": TIMES, "a step": TIMES}, {"a step": TIMES})
    assert (
        "| operations | a swap | a step |\n|---|---:|---:|\n| convolutions, forward | 30.0%" in text
    )
    assert "| network | a step |\n|---|---:|\n| generator, forward | 30.0% |" in text
