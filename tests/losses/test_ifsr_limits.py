"""Limits of each pair's own: shares of how far its target and its source lie apart."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.ifsr import ifsr_limits, ifsr_loss
from facedancer.training.networks.adaptive_scale import AdaptiveScale
from facedancer.training.networks.player import sum_over_replicas

SHARES = {"conv3_block1_out": 0.3, "conv2_block3_out": 0.5}


def codes(seed, batch=4):
    rng = np.random.default_rng(seed)
    return {block: tf.constant(rng.normal(size=(batch, 3, 3, 4)), tf.float32) for block in SHARES}


def distances(a, b):
    """``[B, K]`` float64."""
    rows = []
    for block in SHARES:
        x, y = (np.reshape(each[block], (len(each[block]), -1)).astype(float) for each in (a, b))
        lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
        rows.append(1 - (x * y).sum(1) / lengths)
    return np.stack(rows, 1)


@pytest.mark.parametrize("scale", [0.5, tf.constant(2.5)])
@pytest.mark.parametrize("profile", ["paper", "released"])
def test_the_hinge_begins_at_a_share_of_the_pair_s_distance(profile, scale):
    target, source, changed = (codes(seed) for seed in range(3))
    limits = float(scale) * np.array(list(SHARES.values())) * distances(target, source)
    beyond = distances(target, changed) - limits
    assert (beyond > 0).any()
    if profile == "paper":
        expected = np.maximum(beyond, 0).mean(0).sum()
    else:
        expected = np.maximum(beyond.mean(0), 0).sum()
    found = ifsr_loss(target, changed, profile, scale, margins=SHARES, source_codes=source)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(ifsr_limits(SHARES, scale, target, source), limits, rtol=1e-4)


def test_the_same_face_has_no_room_and_its_copy_no_pull():
    target = codes(0)
    np.testing.assert_allclose(ifsr_limits(SHARES, 1.2, target, target), 0, atol=1e-6)
    found = ifsr_loss(target, target, "paper", margins=SHARES, source_codes=target)
    np.testing.assert_allclose(found, 0, atol=1e-5)


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_the_limits_are_constants_of_the_gradient(profile):
    target, source, changed = (codes(seed) for seed in range(3))
    with tf.GradientTape() as tape:
        tape.watch([target, source, changed])
        loss = ifsr_loss(target, changed, profile, 0.5, margins=SHARES, source_codes=source)
    slopes = tape.gradient(loss, [target, source, changed])
    for of_constant in slopes[:2]:
        assert all(slope is None for slope in of_constant.values())
    assert all(np.any(slope) for slope in slopes[2].values())


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_two_replicas_equal_one(profile, strategies):
    """The loss, its gradient at every swap, and the cosine that a scale follows."""
    strategy = strategies(2)
    # The distances of one half lie on the other side of the limits, or a mean of means would do.
    target, source, noise = (codes(seed) for seed in range(3))
    changed = {
        block: target[block] + tf.constant([0.2, 0.3, 2.0, 3.0])[:, None, None, None] * noise[block]
        for block in SHARES
    }
    same = tf.constant([1.0, 0.0, 0.0, 0.0])
    with strategy.scope():
        scale = AdaptiveScale(0.6, 0.6)

    def compute(rows, replica_sum, replicas):
        target, source, changed, same = rows
        with tf.GradientTape() as tape:
            tape.watch(changed)
            loss = ifsr_loss(
                target, changed, profile, scale.scale(), replica_sum, SHARES, source_codes=source
            )
            share = loss / replicas
        embeddings = (tf.reshape(one["conv2_block3_out"], [-1, 36]) for one in (source, changed))
        cosine = scale.cosine(*embeddings, same, replica_sum)
        return loss, cosine, tape.gradient(share, changed)

    def half(context):
        first = 2 * context.replica_id_in_sync_group
        return tf.nest.map_structure(lambda x: x[first : first + 2], all_rows)

    all_rows = (target, source, changed, same)
    structure = strategy.experimental_distribute_values_from_function
    flat = [
        structure(lambda context, i=i: tf.nest.flatten(half(context))[i])
        for i in range(len(tf.nest.flatten(all_rows)))
    ]

    @tf.function
    def on_replicas(flat):
        return strategy.run(
            lambda *rows: compute(tf.nest.pack_sequence_as(all_rows, rows), sum_over_replicas, 2),
            flat,
        )

    found = on_replicas(flat)
    expected = compute(all_rows, tf.identity, 1)
    assert expected[0] > 0
    for one, wanted in zip(found[:2], expected[:2], strict=True):
        for local in strategy.experimental_local_results(one):
            np.testing.assert_allclose(local, wanted, rtol=1e-5)
    for block, slope in expected[2].items():
        local = strategy.experimental_local_results(found[2][block])
        np.testing.assert_allclose(np.concatenate(local), slope, rtol=1e-4, atol=1e-7)
