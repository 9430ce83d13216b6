"""The lab's step: what is compared, and the table by hand."""

import keras
import tensorflow as tf

from facedancer.benchmarks.lab_step import lab_config, markdown
from facedancer.benchmarks.step_worker import Measurement, by_layers
from facedancer.networks.cpu_form.layers import OnePassNorm
from facedancer.training.networks.trained import build_networks


def normalisations(network):
    return [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]


def test_the_layers_are_the_networks_own():
    config = lab_config()
    networks = build_networks(config, tf.distribute.get_strategy())
    assert not normalisations(networks.encoder)
    assert any(isinstance(layer, OnePassNorm) for layer in networks.generator.form.layers)
    plain = by_layers(networks, config)
    assert normalisations(plain.encoder)
    assert all(player.form is player.network for player in plain.players.values())


def test_the_table_by_hand():
    byte = 2**30
    pairs = [
        (Measurement(2.0, byte), Measurement(1.0, byte)),
        (Measurement(2.0, 2 * byte), Measurement(1.2, byte)),
        (Measurement(3.0, byte), Measurement(1.2, byte)),
    ]
    table = markdown(lab_config(), "float32", {"another": pairs})
    assert "batch 10, `float32`" in table
    assert table.endswith("| another | 2.000 | 1.200 | **0.50** (0.40 to 0.60) | 2.00 | 1.00 |")
