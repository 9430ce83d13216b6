"""The benchmark of the lab's rendering: others rasterise alike, its tables judge by the bars."""

import numpy as np

from facedancer.benchmarks.lab_rendering import (
    Detection,
    detection_table,
    measure_rasterisers,
    rasteriser_table,
    rate_text,
)


def test_ways_to_rasterise_agree():
    results = measure_rasterisers()
    assert results["NumPy"][1] > 0.999
    assert 0.6 < results["OpenCV, painted polygons"][1] < 0.99, "painting is only about right"
    assert min(ms for ms, _ in results.values()) > 0
    assert rasteriser_table(results).count("\n") == len(results) + 1


def test_the_verdicts():
    assert rate_text(41.0).endswith(": met.")
    assert rate_text(39.0).endswith(": missed.")
    score = np.array([1.0] * 49 + [0.5])
    seen = Detection(np.zeros(50), np.arange(50) < 10, score, np.full((50, 5), 0.1))
    assert "**98.0%**; 98% wanted: met" in detection_table(seen)
    worse = Detection(seen.yaw, seen.occluded, score - np.eye(50)[0], seen.distance)
    assert "**96.0%**; 98% wanted: missed" in detection_table(worse)
