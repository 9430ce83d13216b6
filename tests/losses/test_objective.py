"""The table of terms: names, weights, what a weight of 0 skips, and two replicas against one."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses import objective
from facedancer.losses.facts import GeneratorFacts, Verdict
from facedancer.losses.margins import MARGINS
from facedancer.losses.objective import discriminator_objective, generator_objective
from facedancer.losses.terms import LossWeights, Term
from facedancer.training.networks.player import sum_over_replicas

PROFILES = ("paper", "released")
BATCH = 4
GENERATOR_TERMS = ("adversarial", "identity", "reconstruction", "perceptual", "cycle", "ifsr")
# All same pairs are the first replica's, where a mean of means differs most from the global one.
SAME = np.array([1, 1, 0, 0], np.float32)


def extractor(images):
    return [tf.nn.avg_pool2d(images, side, side, "VALID") for side in (1, 2, 4, 8, 8)]


def discriminator(images, training):
    assert training
    return tf.reduce_mean(tf.sin(3 * images), [1, 2, 3])[:, None]


def encode(images):
    """Codes that depend on the images, with distances on both sides of the margins."""
    codes = {
        block: tf.nn.avg_pool2d(images, 2, 2, "VALID") + 0.3 + 0.3 * i
        for i, block in enumerate(MARGINS)
    }
    return codes | {"embedding": tf.reshape(images, [-1, 8 * 8 * 3])}


def batch():
    target, source, changed, cycled = (
        np.random.default_rng(0).uniform(-1, 1, (4, BATCH, 8, 8, 3)).astype(np.float32)
    )
    return {"target": target, "source": source, "changed": changed, "cycled": cycled, "same": SAME}


def verdict(images, profile, replica_sum=tf.identity):
    return Verdict(discriminator(images["changed"], training=True), profile, replica_sum)


def generator_terms(images, profile, weights=None, replica_sum=tf.identity, **changes):
    facts = {
        "profile": profile,
        "target": images["target"],
        "changed": images["changed"],
        "cycle": lambda: images["cycled"],
        "same": images["same"],
        "source_codes": encode(images["source"]),
        "target_codes": encode(images["target"]),
        "changed_codes": encode(images["changed"]),
        "extractor": extractor,
        "replica_sum": replica_sum,
    }
    return generator_objective(
        weights or LossWeights(),
        changes.pop("verdict", verdict(images, profile, replica_sum)),
        GeneratorFacts(**(facts | changes)),
    )


def discriminator_terms(images, profile, weights=None, replica_sum=tf.identity, **changes):
    arguments = {
        "discriminator": discriminator,
        "real": images["source"],
        "fake": images["changed"],
        "mix": tf.reduce_mean(images["source"], [1, 2, 3]) + 0.5,
    }
    return discriminator_objective(
        weights or LossWeights(),
        verdict(images, profile, replica_sum),
        **(arguments | changes),
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_total_is_the_weighted_sum_of_the_raw_parts(profile):
    weights = dict(zip(GENERATOR_TERMS, (1, 10, 5, 0.2, 1, 1), strict=True))
    total, parts = generator_terms(batch(), profile)
    assert list(parts) == [f"loss/generator/{name}" for name in GENERATOR_TERMS]
    expected = sum(weights[name] * parts[f"loss/generator/{name}"] for name in weights)
    np.testing.assert_allclose(total, expected, rtol=1e-6)

    total, parts = discriminator_terms(batch(), profile)
    real, fake, penalty = (
        parts.pop(f"loss/discriminator/{name}") for name in ("real", "fake", "gradient_penalty")
    )
    assert not parts
    np.testing.assert_allclose(total, real + fake + 10 * penalty, rtol=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("term", GENERATOR_TERMS)
def test_weight_0_leaves_a_term_out_with_its_work(term, profile):
    needed_by = {
        "identity": {"source_codes": {}},
        "perceptual": {"extractor": None},
        "cycle": {"cycle": None},
        "ifsr": {"target_codes": {}},
        "adversarial": {"verdict": None},
    }
    changes = needed_by.get(term, {})
    whole, all_parts = generator_terms(batch(), profile)
    total, parts = generator_terms(batch(), profile, weights=LossWeights(**{term: 0}), **changes)
    name = f"loss/generator/{term}"
    assert set(all_parts) - set(parts) == {name}
    weight = getattr(LossWeights(), term)
    np.testing.assert_allclose(total, whole - weight * all_parts[name], rtol=1e-4)


@pytest.mark.parametrize(
    ("profile", "weight", "passes"),
    [("paper", 10, 2), ("released", 10, 1), ("paper", 0, 1), ("released", 0, 1)],
)
def test_discriminator_passes(profile, weight, passes):
    calls = []

    def counted(images, training):
        calls.append(images.shape)
        return discriminator(images, training)

    weights = LossWeights(gradient_penalty=weight)
    _, parts = discriminator_terms(
        batch(), profile, weights=weights, discriminator=counted, mix=SAME
    )
    assert len(calls) == passes
    assert ("loss/discriminator/gradient_penalty" in parts) == (weight > 0)
    _, expected = discriminator_terms(batch(), profile)
    name = "loss/discriminator/real"
    np.testing.assert_allclose(parts[name], expected[name], rtol=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_lazy_penalty_weighs_as_many_times_more_where_it_is_due(profile):
    scale = tf.Variable(1.0)

    def scaled(images, training):
        return scale * discriminator(images, training)

    def total_and_gradient(**changes):
        # In a graph, as in training: there the penalty's own gradient passes through a condition.
        @tf.function(autograph=False)
        def work(due):
            with tf.GradientTape() as tape:
                total, _ = discriminator_terms(
                    batch(), profile, discriminator=scaled, penalty_due=due, **changes
                )
            return total, tape.gradient(total, scale)

        return work(tf.constant(changes.pop("due", True)))

    for due, weight in ((True, 160.0), (False, 0.0)):
        lazy = total_and_gradient(due=due, penalty_every=16)
        plain = total_and_gradient(weights=LossWeights(gradient_penalty=weight))
        np.testing.assert_allclose(lazy, plain, rtol=1e-5)


def test_default_weights_are_the_paper_s():
    weights = dataclasses.asdict(LossWeights())
    paper = dict(zip(GENERATOR_TERMS, (1, 10, 5, 0.2, 1, 1), strict=True)) | {
        "gradient_penalty": 10
    }
    # A term that the paper does not have leaves its objective, and older runs, as they are.
    assert weights == dict.fromkeys(weights, 0) | paper
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="weight of cycle"):
            LossWeights(cycle=wrong)


def test_a_row_of_the_logits_must_say_so(monkeypatch):
    """Else the pass through the discriminator that both players share would leave it out."""
    stray = Term("stray", 1.0, None, lambda x: tf.reduce_mean(x.logits))
    for table, terms in (
        ("GENERATOR_TERMS", generator_terms),
        ("DISCRIMINATOR_TERMS", discriminator_terms),
    ):
        monkeypatch.setattr(objective, table, (*getattr(objective, table), stray))
        with pytest.raises(AttributeError, match="logits"):
            terms(batch(), "paper")


def test_names_are_used_once():
    terms = (*objective.GENERATOR_TERMS, *objective.DISCRIMINATOR_TERMS)
    assert len({term.name for term in terms}) == len(terms)


@pytest.mark.parametrize("terms", [generator_terms, discriminator_terms])
@pytest.mark.parametrize("profile", PROFILES)
def test_two_replicas_equal_one(terms, profile, strategies):
    """Under a real MirroredStrategy: the same parts, the same gradient of every image."""
    strategy = strategies(2)
    images = batch()

    def compute(images, replica_sum, replicas):
        with tf.GradientTape() as tape:
            tape.watch(images["changed"])
            total, parts = terms(images, profile, replica_sum=replica_sum)
            share = total / replicas
        return parts, tape.gradient(share, images["changed"])

    @tf.function
    def on_replicas(images):
        return strategy.run(compute, (images, sum_over_replicas, 2))

    def of_replica(context):
        rows = slice(context.replica_id_in_sync_group * 2, None)
        return {name: tf.constant(image[rows][:2]) for name, image in images.items()}

    distributed = strategy.experimental_distribute_values_from_function
    per_replica = {
        name: distributed(lambda context, name=name: of_replica(context)[name]) for name in images
    }
    found_parts, found_gradient = on_replicas(per_replica)
    parts, gradient = compute({k: tf.constant(v) for k, v in images.items()}, tf.identity, 1)
    for name, expected in parts.items():
        for value in strategy.experimental_local_results(found_parts[name]):
            np.testing.assert_allclose(value, expected, rtol=1e-5, err_msg=name)
    found = np.concatenate([g.numpy() for g in strategy.experimental_local_results(found_gradient)])
    np.testing.assert_allclose(found, gradient, rtol=1e-4, atol=1e-7)
