"""The validation pass against the same numbers computed one pair at a time, and its pictures."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.margins import MARGINS
from facedancer.networks.generator import attention_masks
from facedancer.training.networks.trained import build_networks
from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.watching import validation
from facedancer.training.watching.fixed_pairs import read_pairs
from facedancer.training.watching.photographs import read_photographs
from facedancer.training.watching.validation import Validation
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

SIDES = ("4", "8", "16", "32")


def tiny_config(shards, **changes) -> TrainConfig:
    config = TrainConfig(
        data=str(shards),
        run_dir="unused",
        up_types=("affa", "affa", "affa", "affa", "concat"),
        mapping_depth=1,
        mapping_size=16,
        image_size=64,
        base_width=8,
        encoder="untrained_small",
        perceptual_weight=0.0,
        # 12 crops: the last batch is smaller.
        batch_size=5,
    )
    return dataclasses.replace(config, **changes)


@pytest.fixture(scope="module")
def judged(shards, strategies):
    """Networks, pairs in [-1, 1] and their validation."""
    # At this scale some of an untrained network's hinges are active and some are not.
    config = tiny_config(shards, ifsr_scale=2.8)
    networks = build_networks(config, strategies(1))
    pairs = read_pairs(shards)
    targets = pairs.targets / np.float32(127.5) - 1
    return (
        networks,
        tf.constant(targets),
        tf.constant(targets[pairs.source_of]),
        Validation(config, networks),
    )


def cosines(a, b) -> np.ndarray:
    a, b = (np.reshape(values, (len(values), -1)) for values in (a, b))
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def test_numbers(judged):
    networks, targets, sources, validation = judged
    generator = networks.output_generator
    identity = encode(networks.encoder, sources)["embedding"]
    of_target = encode(networks.encoder, targets)
    swap = generator([targets, identity])
    of_swap = encode(networks.encoder, swap)
    again = generator([targets, of_target["embedding"]])
    expected = {
        "validation/identity_source": cosines(of_swap["embedding"], identity).mean(),
        "validation/identity_target": cosines(of_swap["embedding"], of_target["embedding"]).mean(),
        "validation/reconstruction": np.abs(again - targets).mean(),
        "validation/change": np.abs(swap - targets).mean(),
    }
    expected["validation/score"] = (
        expected["validation/identity_source"] - expected["validation/reconstruction"]
    )
    shares = [
        np.mean(1 - cosines(of_target[block], of_swap[block]) > networks.ifsr_scale * margin)
        for block, margin in MARGINS.items()
    ]
    # Else the comparison below would prove little.
    assert len(set(shares)) > 2
    expected |= {
        f"ifsr_active/{block}": share for block, share in zip(MARGINS, shares, strict=True)
    }
    for side, mask in attention_masks(generator)([targets, identity]).items():
        expected[f"affa_mask/{side}/mean"] = np.mean(mask)
        expected[f"affa_mask/{side}/std"] = np.std(mask)
    scalars = validation.scalars()
    assert scalars.keys() == expected.keys()
    for name, value in expected.items():
        assert isinstance(scalars[name], float)
        np.testing.assert_allclose(scalars[name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_hinges_of_relative_limits(judged):
    """A pair's own faces decide, not a margin for all."""
    networks, targets, sources, _ = judged
    shares = {"conv2_block3_out": 0.6, "conv3_block1_out": 0.8}
    networks = dataclasses.replace(networks, ifsr_margins=shares, ifsr_scale=1.0)
    targets, sources = targets[:4], sources[:4]
    # From the target itself to the source itself.
    part = tf.constant([0.0, 0.4, 0.7, 1.0])[:, None, None, None]
    swaps = (1 - part) * targets + part * sources
    identity = encode(networks.encoder, sources)["embedding"]
    of_target, of_source, of_swap = (encode(networks.encoder, x) for x in (targets, sources, swaps))
    found = validation._compare(networks, targets, swaps, swaps, identity, sources)
    for block, share in shares.items():
        limits = share * (1 - cosines(of_target[block], of_source[block]))
        active = 1 - cosines(of_target[block], of_swap[block]) > limits
        np.testing.assert_array_equal(found[f"ifsr_active/{block}"], active)
        assert 0 < active.mean() < 1


def test_samples(judged):
    networks, targets, sources, validation = judged
    samples = validation.samples()
    masks = [f"mask_{side}" for side in SIDES]
    assert list(samples) == ["target", "source", "swap", "reconstruction", "cycle", *masks]
    for images in samples.values():
        assert images.shape == (8, 64, 64, 3)
    np.testing.assert_array_equal(samples["target"], targets[:8])
    np.testing.assert_array_equal(samples["source"], sources[:8])

    generator = networks.output_generator
    identity = encode(networks.encoder, sources[:8])["embedding"]
    own_identity = encode(networks.encoder, targets[:8])["embedding"]
    swap = generator([targets[:8], identity])
    np.testing.assert_allclose(samples["swap"], swap, atol=1e-4)
    own = generator([targets[:8], own_identity])
    np.testing.assert_allclose(samples["reconstruction"], own, atol=1e-4)
    cycle = generator([swap, own_identity])
    np.testing.assert_allclose(samples["cycle"], cycle, atol=1e-3)
    for side, mask in attention_masks(generator)([targets[:8], identity]).items():
        squares = samples[f"mask_{side}"][:, :: 64 // int(side), :: 64 // int(side)]
        grey = np.repeat(np.mean(mask, -1, keepdims=True), 3, -1)
        np.testing.assert_allclose((squares + 1) / 2, grey, atol=1e-4)
        assert grey.min() >= 0 and grey.max() <= 1


@pytest.mark.sixteen_bits
def test_the_average_is_judged_as_it_is_now(shards, strategies):
    config = tiny_config(
        shards,
        up_types=("concat",) * 5,
        precision="mixed_bfloat16",
        ema=0.9,
        batch_size=12,
        validation_data=str(shards),
    )
    networks = build_networks(config, strategies(2))
    validation = Validation(config, networks)
    before = validation.scalars()
    assert all(np.isfinite(value) for value in before.values())
    assert not any(name.startswith("affa_mask/") for name in before)
    assert list(validation.samples()) == ["target", "source", "swap", "reconstruction", "cycle"]

    networks.average.set_weights([0 * value for value in networks.average.get_weights()])
    after = validation.scalars()
    # A network of zeros gives a grey picture.
    expected = np.abs(read_pairs(shards).targets / 127.5 - 1).mean()
    for name in ("validation/change", "validation/reconstruction"):
        assert before[name] != pytest.approx(expected, rel=1e-3)
        assert after[name] == pytest.approx(expected, rel=1e-5)


def test_photographs_stand_below_the_pairs_and_are_not_judged(shards, strategies):
    photographs = Path(__file__).parents[3] / "assets" / "photos"
    config = tiny_config(shards)
    networks = build_networks(config, strategies(1))
    plain = Validation(config, networks)
    shown = Validation(dataclasses.replace(config, sample_photographs=str(photographs)), networks)
    before, after = plain.samples(), shown.samples()
    assert before["target"].shape[0] == 8 and after["target"].shape[0] == 10
    np.testing.assert_array_equal(after["source"][:8], before["source"])
    # Each of the two is the other's source.
    np.testing.assert_array_equal(after["target"][8:], after["source"][:7:-1])
    # Other batches, so other rounding on some processors.
    assert shown.scalars() == pytest.approx(plain.scalars(), rel=1e-5)


def test_a_folder_without_faces_is_refused(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        read_photographs(tmp_path / "none", 64)
    write_image(tmp_path / "grey.png", np.full((80, 80, 3), 90, np.uint8))
    with pytest.raises(UserError, match="no photograph with a face"):
        read_photographs(tmp_path, 64)
