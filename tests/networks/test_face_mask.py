"""The network of face masks: shapes, range, saving."""

import keras
import numpy as np
import pytest

from facedancer.networks.face_mask import get_face_mask_network


@pytest.mark.parametrize("side", [32, 64])
def test_a_mask_for_each_pixel(side, rng):
    network = get_face_mask_network(side, (4, 4, 8))
    crops = rng.uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    mask = network(crops).numpy()
    assert mask.shape == (2, side, side, 1) and 0 <= mask.min() <= mask.max() <= 1


def test_it_is_saved_and_loaded(tmp_path, rng):
    network = get_face_mask_network(32, (4, 8))
    network.save(tmp_path / "mask.keras")
    again = keras.models.load_model(tmp_path / "mask.keras")
    crops = rng.uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    assert np.allclose(network(crops), again(crops), atol=1e-6)
