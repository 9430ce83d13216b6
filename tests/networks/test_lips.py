"""The network that finds lips: its places are those of the scores."""

import numpy as np

from facedancer.networks.lips import LIP_POINTS, LIPS_SIDE, MeanPlace, get_lips_network


def test_a_sharp_score_is_a_place():
    scores = np.full((1, 4, 8, 2), -50, np.float32)
    scores[0, 1, 6, 0] = 50
    scores[0, 0, 0, 1] = scores[0, 3, 7, 1] = 50  # Two alike: half way.
    places = MeanPlace()(scores).numpy()
    assert np.allclose(places[0], [[6.5 / 8, 1.5 / 4], [0.5, 0.5]], atol=1e-6)


def test_the_network_begins_near_the_middle():
    network = get_lips_network()
    told = network.predict(np.zeros((2, LIPS_SIDE, LIPS_SIDE, 3), np.float32), verbose=0)
    assert told.shape == (2, LIP_POINTS, 2) and told.dtype == np.float32
    assert np.abs(told - 0.5).max() < 0.1
    assert network.count_params() < 100_000
