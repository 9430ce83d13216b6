"""Verification's measures against their definitions, and what pairs are drawn."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.verification import (
    all_pairs,
    auc,
    best_threshold,
    draw_pairs,
    fold_accuracies,
    roc,
    similarities,
    tar_at_far,
    verify,
)


def scores(count=400, distance=1.0, seed=0):
    rng = np.random.default_rng(seed)
    same = rng.random(count) < 0.5
    # Rounded, so that there are ties.
    return np.round(rng.normal(size=count) + distance * same, 1), same


def test_auc_is_the_chance_that_a_same_pair_is_the_more_similar_one():
    similarity, same = scores()
    difference = similarity[same][:, None] - similarity[~same]
    expected = np.mean(difference > 0) + np.mean(difference == 0) / 2
    assert auc(similarity, same) == pytest.approx(expected, abs=1e-12)
    assert auc(-similarity, same) == pytest.approx(1 - expected, abs=1e-12)


def test_roc_counts_what_each_threshold_accepts():
    similarity, same = scores(60)
    false, true, thresholds = roc(similarity, same)
    for one, accepted, threshold in zip(false, true, thresholds, strict=True):
        assert one == pytest.approx(np.mean(similarity[~same] >= threshold))
        assert accepted == pytest.approx(np.mean(similarity[same] >= threshold))
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)


def test_tar_at_far_accepts_no_more_false_ones_than_allowed():
    same = np.r_[np.ones(4, bool), np.zeros(1000, bool)]
    similarity = np.r_[[0.9, 0.7, 0.5, -1.0], np.linspace(-0.5, 0.8, 1000)]
    # One of a thousand may pass: that of 0.8, but not the next, of 0.7987.
    assert tar_at_far(similarity, same, 1e-3) == 0.25
    assert tar_at_far(similarity, same, 0.1) == 0.5
    assert tar_at_far(similarity, same, 0.0) == 0.25
    assert tar_at_far(similarity, same, 1.0) == 1.0


def test_tar_at_far_without_room_for_one_false_pair():
    same = np.array([True, False])
    assert tar_at_far(np.array([0.2, 0.9]), same, 1e-3) == 0.0
    assert tar_at_far(np.array([0.9, 0.2]), same, 1e-3) == 1.0


def test_best_threshold_is_no_worse_than_any_other():
    similarity, same = scores()
    accuracy = np.mean((similarity >= best_threshold(similarity, same)) == same)
    others = [np.mean((similarity >= one) == same) for one in np.unique(similarity)]
    assert accuracy == max(others)


def test_folds_are_judged_by_the_others_threshold():
    similarity, same = scores(100)
    # A fold that is turned round answers wrongly at the others' threshold, whatever its own is.
    similarity[:10] = np.where(same[:10], -9, 9)
    accuracies = fold_accuracies(similarity, same)
    assert accuracies.shape == (10,)
    assert accuracies[0] == 0
    assert accuracies[1:].min() > 0


@pytest.mark.parametrize(("distance", "low", "high"), [(0.0, 0.4, 0.6), (9.0, 1.0, 1.0)])
def test_verify_from_chance_to_certainty(distance, low, high):
    result = verify(*scores(2000, distance))
    assert low <= result.auc <= high
    assert low <= result.accuracy <= high
    assert list(result.tar) == [1e-2, 1e-3]
    assert (result.tar[1e-3] == 1) == (high == 1)


def test_pairs_are_of_the_kind_they_say_and_never_twice():
    identities = np.repeat(np.arange(30), 7)
    pairs = draw_pairs(identities, 300, seed=1)
    assert pairs.same.sum() == 300
    assert (~pairs.same).sum() == 300
    np.testing.assert_array_equal(identities[pairs.first] == identities[pairs.second], pairs.same)
    assert (pairs.first < pairs.second).all()
    assert len(set(zip(pairs.first, pairs.second, strict=True))) == 600
    # Mixed: any fold holds both kinds.
    assert 10 < pairs.same[:60].sum() < 50


def test_pairs_follow_from_the_seed():
    identities = np.repeat(np.arange(9), 5)
    drawn = [draw_pairs(identities, 20, seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0].first, drawn[1].first)
    assert (drawn[0].first != drawn[2].first).any()


def test_people_count_alike_in_same_pairs_whatever_the_number_of_their_faces():
    identities = np.repeat(np.arange(4), [50, 20, 20, 20])
    pairs = draw_pairs(identities, 80, seed=0)
    counts = np.bincount(identities[pairs.first[pairs.same]])
    assert counts.max() <= 1.5 * counts.min()


def test_where_there_are_fewer_pairs_all_are_taken():
    identities = np.array([0, 0, 0, 1, 1, 2])
    pairs = draw_pairs(identities, 1000, seed=0)
    assert (pairs.same.sum(), (~pairs.same).sum()) == (4, 11)
    assert len(set(zip(pairs.first, pairs.second, strict=True))) == 15


@pytest.mark.parametrize("identities", [[0, 1, 2], [0, 0, 0]])
def test_without_both_kinds_there_is_no_verification(identities):
    with pytest.raises(ValueError, match="two identities"):
        draw_pairs(np.array(identities), 10, seed=0)


def test_similarity_is_the_cosine():
    embeddings = np.random.default_rng(0).normal(size=(6, 4))
    pairs = draw_pairs(np.array([0, 0, 1, 1, 2, 2]), 3, seed=0)
    for value, first, second in zip(
        similarities(embeddings, pairs), pairs.first, pairs.second, strict=True
    ):
        lengths = np.linalg.norm(embeddings[first]) * np.linalg.norm(embeddings[second])
        assert value == pytest.approx(embeddings[first] @ embeddings[second] / lengths)


def test_all_pairs_are_each_pair_once():
    embeddings = np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0], [5.0, 0.0]])
    similarity, same = all_pairs(embeddings, np.array([7, 8, 8, 7]))
    half = np.sqrt(0.5)
    np.testing.assert_allclose(similarity, [0, half, 1, half, 0, half], atol=1e-12)
    assert same.tolist() == [False, False, True, True, False, False]
