"""Strangers in a folder are found by their embeddings, and nobody else."""

import json

import numpy as np
import pytest

from facedancer.arcface_model.encoder import load_encoder
from facedancer.dataset.cleaning.identity_outliers import (
    JUDGED,
    NO_MAJORITY,
    TOO_FEW,
    find_outliers,
    robust_centre,
)
from facedancer.dataset.cleaning.strangers import as_arcface_sees, clean_identities
from facedancer.dataset.crops.listing import Crop, read_crop_list, write_crop_list
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

SIZE = 512


def people(counts, similarity=0.6, seed=0):
    """Embeddings of ``counts[i]`` crops of person i, whose cosine to each other is ``similarity``.

    ArcFace's of photographs in the wild are like that: about 0.4 to 0.8 of one person, 0 of two.
    """
    rng = np.random.default_rng(seed)
    persons = rng.standard_normal((len(counts), SIZE))
    identity = np.repeat(np.arange(len(counts)), counts)
    own = rng.standard_normal((len(identity), SIZE))
    embeddings = np.sqrt(similarity) * persons[identity] + np.sqrt(1 - similarity) * own
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    return embeddings.astype(np.float32), identity


def test_exactly_the_strangers_are_found_and_named():
    embeddings, truth = people([20] * 30)
    names = truth.copy()
    wrong = np.random.default_rng(1).choice(len(names), 40, replace=False)
    names[wrong] = (names[wrong] + 7) % 30
    judgement = find_outliers(embeddings, names)
    found = np.concatenate([verdict.outliers for verdict in judgement.verdicts])
    assert set(found) == set(wrong)
    assert {row: whom for row, (whom, _) in judgement.resembles.items()} == {
        row: truth[row] for row in wrong
    }
    # Strangers lie at 0 with a spread of 1 / sqrt(512).
    assert 0.05 < judgement.threshold < 0.2
    assert {verdict.outcome for verdict in judgement.verdicts} == {JUDGED}


def test_strangers_nobody_knows_resemble_nobody():
    embeddings, identity = people([20] * 12 + [1])
    identity[-1] = 3
    judgement = find_outliers(embeddings, identity)
    assert [v.identity for v in judgement.verdicts if len(v.outliers)] == [3]
    assert judgement.verdicts[3].outliers.tolist() == [len(identity) - 1]
    assert judgement.resembles == {}


@pytest.mark.parametrize("strangers", [0, 3, 9])
def test_a_centre_is_that_of_the_majority(strangers):
    embeddings, identity = people([10, strangers])
    centre = robust_centre(embeddings)
    own, others = embeddings[identity == 0] @ centre, embeddings[identity == 1] @ centre
    assert own.min() > 0.6
    assert not strangers or others.max() < 0.3
    assert np.linalg.norm(centre) == pytest.approx(1)


def test_small_and_mixed_folders_are_left_alone():
    embeddings, identity = people([20] * 12 + [4, 4, 4, 4, 4, 3])
    identity[12 * 20 : 12 * 20 + 20] = 12  # five people of four crops each in one folder
    identity[-3:] = 13
    judgement = find_outliers(embeddings, identity)
    outcomes = [verdict.outcome for verdict in judgement.verdicts]
    assert outcomes == [JUDGED] * 12 + [NO_MAJORITY, TOO_FEW]
    assert not any(len(verdict.outliers) for verdict in judgement.verdicts)
    assert np.isnan(judgement.verdicts[-1].similarity).all()


def test_crops_of_nobody_known_are_not_looked_at():
    embeddings, identity = people([20] * 12)
    identity[:7] = -1
    judgement = find_outliers(embeddings, identity)
    assert [len(verdict.rows) for verdict in judgement.verdicts] == [13] + [20] * 11


def test_a_given_threshold_is_kept():
    embeddings, identity = people([6, 6])
    similarity = find_outliers(embeddings, identity, min_similarity=-1.0).verdicts[0].similarity
    threshold = float(np.sort(similarity)[:2].mean())
    judgement = find_outliers(embeddings, identity, min_similarity=threshold)
    assert judgement.threshold == threshold
    assert judgement.verdicts[0].outliers.tolist() == [np.argmin(similarity)]


@pytest.mark.parametrize(
    ("counts", "message"),
    [([4] * 50, "no identity has 5 crops"), ([50, 50], "too few to estimate a threshold")],
)
def test_what_cannot_be_judged_is_refused(counts, message):
    with pytest.raises(UserError, match=message):
        find_outliers(*people(counts))


@pytest.mark.parametrize(("shrink_factor", "side"), [(1.0, 100), (0.5, 50), (1.2, 120)])
def test_the_encoder_sees_the_face_as_arcface_aligns_it(shrink_factor, side):
    crop = np.zeros((100, 100, 3), np.uint8)
    for x, y in template(100, shrink_factor):
        crop[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2] = 255
    seen = as_arcface_sees(crop, shrink_factor)
    assert seen.shape == (side, side, 3)
    assert all(seen[round(y), round(x), 0] > 200 for x, y in template(side))


@pytest.fixture
def crops(tmp_path):
    """Six crops of one lit from above, six of one lit from the side; two lie with the other."""
    folder, side, listed = tmp_path / "crops", 64, []
    rng = np.random.default_rng(0)
    for person in range(2):
        ramp = np.linspace(30, 220, side).reshape((1, side, 1) if person else (side, 1, 1))
        for number in range(6):
            image = np.clip(ramp + rng.normal(0, 4, (side, side, 3)), 0, 255).astype(np.uint8)
            name = "ab"[person if number < 5 else 1 - person]
            path = f"{name}/{person}_{number}.png"
            write_image(folder / path, image)
            points = tuple(map(tuple, template(side).tolist()))
            listed.append(
                Crop(
                    path=path,
                    source_path=path,
                    identity=name,
                    landmarks=points,
                    box=(0.0, 0.0, 60.0, 60.0),
                    score=0.9,
                    matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
                    side=side,
                    shrink_factor=1.0,
                    yaw=0.0,
                    sharpness=9.0,
                    found_by="upright",
                )
            )
    write_crop_list(folder, listed)
    return folder


@pytest.mark.parametrize("dry_run", [True, False])
def test_outliers_are_moved_and_reported(crops, dry_run):
    """With the stand-in encoder, which can tell pictures apart, as if these were people."""
    encoder = load_encoder("untrained_small")
    summary = clean_identities(crops, encoder, min_similarity=0.6, batch_size=5, dry_run=dry_run)
    assert {(one.path, one.other) for one in summary.removals} == {
        ("a/1_5.png", "b"),
        ("b/0_5.png", "a"),
    }
    assert (summary.crops, summary.nameless) == (12, 0)
    removed = crops.with_name("crops_removed")
    assert (removed / "outliers.png").is_file()
    lines = [json.loads(line) for line in (removed / "identities.jsonl").read_text().splitlines()]
    assert [(one["identity"], one["crops"], one["outliers"]) for one in lines] == [
        ("a", 6, 1),
        ("b", 6, 1),
    ]
    assert (removed / "a" / "1_5.png").is_file() != dry_run
    assert (removed / "removed.jsonl").is_file() != dry_run
    assert len(read_crop_list(crops)) == (12 if dry_run else 10)
