import numpy as np
import pytest

from facedancer.lab.pictures.render import render
from facedancer.retinaface.detector import load_detector


@pytest.mark.long
def test_our_detector_finds_nearly_all_and_agrees_on_the_landmarks():
    detector = load_detector()
    scores, distances = [], []
    for start in range(0, 250, 25):
        drawn = [render(11, identity, identity % 7) for identity in range(start, start + 25)]
        found = detector.detect_batch([picture for picture, _ in drawn])
        for (_, labels), faces in zip(drawn, found, strict=True):
            if abs(labels["pose"][0]) > 45:
                continue
            face = max(faces, key=lambda face: face.score, default=None)
            scores.append(face.score if face else 0.0)
            if face and not labels["occluder"][0]:
                true = np.array(labels["landmarks"]).reshape(5, 2)
                unit = np.linalg.norm(true[3:].mean(axis=0) - true[:2].mean(axis=0))
                distances.append((face.landmarks - true) / unit)
    assert (np.array(scores) > 0.9).mean() >= 0.98
    # Nothing systematic: on average no point is off by a tenth of the way from eyes to mouth.
    assert np.abs(np.mean(distances, axis=0)).max() < 0.1
