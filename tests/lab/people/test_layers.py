import numpy as np

from facedancer.lab.people.layers import cover, stain


def test_stains_multiply_and_covers_mix():
    tone = np.array([0.5, 0.4, 0.3], np.float32)
    amounts = np.zeros((2, 2, 2), np.float32)
    amounts[0, 0, 0], amounts[:, 1, 1] = 1.0, 2.0
    stains = np.log(np.array([[0.5, 1, 1], [1, 0.5, 0.25]], np.float32))
    picture = stain(tone, amounts, stains)
    np.testing.assert_allclose(picture[0, 1], tone)
    np.testing.assert_allclose(picture[0, 0], tone * [0.5, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(picture[1, 1], tone * [0.25, 0.25, 0.0625], rtol=1e-5)
    part = np.array([[0.0, 1.0], [0.25, 0.0]], np.float32)
    before = picture.copy()
    cover(picture, np.zeros(3, np.float32), part)
    np.testing.assert_allclose(picture, before * (1 - part[..., None]), rtol=1e-5)
