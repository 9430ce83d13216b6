"""The SavedModel: its signature, its proof, and what it may overwrite."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.arcface_model.pairing import trained_with
from facedancer.export.archive import (
    DETECTOR,
    ENCODER,
    GENERATOR,
    TOLERANCE,
    ExportMismatchError,
    export_saved_model,
)
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS, load_detector
from facedancer.retinaface.loading import load_retinaface
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image
from facedancer.utils.weights import origins
from facedancer.utils.weights.origins import Origin

ARCFACE = Origin("arcface.keras", "ab" * 32)
COLLINS = Path(__file__).parents[2] / "assets" / "photos" / "eileen_collins" / "astronaut.png"


@keras.saving.register_keras_serializable(package="tests")
class Unsteady(keras.layers.Layer):
    """Answers differently at every call: no export of it can agree with the original."""

    def call(self, x):
        return x + tf.random.uniform(tf.shape(x))


def save_minimal_generator(path, layer):
    target, identity = keras.Input((8, 8, 3), name="target"), keras.Input((512,), name="identity")
    keras.Model([target, identity], layer(target)).save(path)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A training run's folder, trained in float16."""
    folder = tmp_path_factory.mktemp("run")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        up_types = ("no_skip", "no_skip", "add", "affa", "affa", "concat")
        generator = get_generator(up_types, mapping_depth=1, image_size=64, base_width=4)
        generator.save(folder / "generator.keras")
        origins.write_notes(folder / "generator.keras", {origins.ENCODER: ARCFACE})
    finally:
        keras.config.set_dtype_policy("float32")
    return folder


@pytest.fixture(scope="module")
def exported(run_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "deep" / "model"
    assert export_saved_model(GENERATOR, run_folder, folder) <= TOLERANCE
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    return folder


def test_it_says_which_encoder_it_learnt_by(exported):
    assert trained_with(exported) == ARCFACE


def test_signature_names_types_and_dynamic_batch(exported):
    signature = tf.saved_model.load(str(exported)).signatures["serving_default"]
    assert signature.structured_input_signature[1] == {
        "target": tf.TensorSpec([None, 64, 64, 3], tf.float32, "target"),
        "identity": tf.TensorSpec([None, 512], tf.float32, "identity"),
    }
    assert signature.structured_outputs == {
        "changed": tf.TensorSpec([None, 64, 64, 3], tf.float32, "changed")
    }


def test_no_half_precision_is_left_in_the_graph(exported):
    function = tf.saved_model.load(str(exported)).signatures["serving_default"]
    graphs = [function.graph.as_graph_def()]
    library = graphs[0].library.function
    nodes = [*graphs[0].node, *(node for inner in library for node in inner.node_def)]
    assert len(nodes) > 100
    halves = {tf.float16.as_datatype_enum, tf.bfloat16.as_datatype_enum}
    assert not [n.name for n in nodes for a in n.attr.values() if a.type in halves]


def test_inference_gives_the_same_from_both(exported, run_folder):
    from_file, from_export = load_generator(run_folder), load_generator(exported)
    assert from_export.image_size == from_file.image_size == 64
    draw = np.random.default_rng(1)
    for batch in (1, 4):
        target = draw.uniform(-1, 1, (batch, 64, 64, 3)).astype(np.float32)
        identity = draw.standard_normal((batch, 512)).astype(np.float32)
        # The file's is computed in another order on a CPU; values reach 8.
        np.testing.assert_allclose(
            from_export(target, identity), from_file(target, identity), rtol=1e-5, atol=5e-5
        )


def test_the_keras_model_comes_back_from_it(exported, run_folder):
    original, again = load_keras_generator(run_folder), load_keras_generator(exported)
    assert [weight.path for weight in again.weights] == [w.path for w in original.weights]
    for ours, theirs in zip(original.weights, again.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=ours.path)


def test_an_encoder_keeps_interface_and_gradients(tmp_path):
    encoder = load_encoder(UNTRAINED_SMALL)
    assert export_saved_model(ENCODER, UNTRAINED_SMALL, tmp_path / "exported") <= TOLERANCE
    signature = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    assert set(signature.structured_outputs) == {"embedding", *BLOCK_NAMES}
    again = load_encoder(tmp_path / "exported")
    assert not again.trainable_variables
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)), tf.float32)
    slopes = []
    for network in (encoder, again):
        with tf.GradientTape() as tape:
            tape.watch(images)
            found = encode(network, images)
            loss = sum(tf.reduce_mean(tf.square(output)) for output in found.values())
        slopes.append(tape.gradient(loss, images))
    assert np.abs(slopes[0]).max() > 0
    np.testing.assert_array_equal(slopes[0], slopes[1])


def test_a_detector_finds_the_same_faces(tmp_path):
    original = load_detector()
    assert export_saved_model(DETECTOR, SHIPPED_WEIGHTS, tmp_path / "exported") <= TOLERANCE
    again = load_detector(tmp_path / "exported")
    photograph = read_image(COLLINS)
    (expected,), (found,) = original.detect(photograph), again.detect(photograph)
    assert found.score == expected.score > 0.9
    np.testing.assert_array_equal(found.landmarks, expected.landmarks)


@pytest.mark.parametrize(
    ("load", "name"),
    [(load_encoder, "is not an identity encoder"), (load_retinaface, "is not a detector")],
)
def test_a_saved_model_of_others_is_no_keras_model(exported, tmp_path, load, name):
    folder = tmp_path / "exported"
    shutil.copytree(exported, folder)
    shutil.rmtree(folder / "assets.extra")
    with pytest.raises(UserError, match=f"{name} .*holds a graph alone, no Keras model"):
        load(folder)
    assert load_generator(folder).image_size == 64, "its graph still swaps"


@pytest.mark.parametrize("load", [load_encoder, load_retinaface])
def test_a_saved_model_of_another_network_is_refused(exported, load):
    with pytest.raises(UserError, match="not an identity encoder|not a detector"):
        load(exported)


def without_a_weight(folder):
    path = folder / "assets.extra" / "keras.json"
    description = json.loads(path.read_text())
    description["weights"].remove("stem/bias")
    path.write_text(json.dumps(description))


def cut_short(name):
    def damage(folder):
        path = folder / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def with_a_flipped_bit(folder):
    path = folder / "variables" / "variables.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)


def with_nested_json(folder):
    (folder / "assets.extra" / "keras.json").write_text("[" * 10**6)


def with_a_huge_layer(folder):
    path = folder / "assets.extra" / "keras.json"
    wide = path.read_text().replace('"units": 512', '"units": 1000000')
    assert "1000000" in wide
    path.write_text(wide)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_a_weight, r"1 of the network's \d+ are not set \(stem/bias\)"),
        (with_a_flipped_bit, "is damaged"),
        (cut_short("variables/variables.data-00000-of-00001"), "is damaged"),
        (cut_short("variables/variables.index"), "is damaged"),
        (cut_short("assets.extra/keras.json"), "is damaged"),
        (with_a_huge_layer, "more weights than the"),
        (with_nested_json, "is damaged: JSON that is nested too deep"),
    ],
)
def test_a_damaged_saved_model_is_refused_in_one_line(exported, tmp_path, damage, message):
    folder = tmp_path / "exported"
    shutil.copytree(exported, folder)
    damage(folder)
    with pytest.raises(UserError, match=message) as refusal:
        load_keras_generator(folder)
    assert str(folder) in str(refusal.value)


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_a_damaged_saved_model_swaps_nothing(exported, tmp_path, name):
    folder = tmp_path / "exported"
    shutil.copytree(exported, folder)
    cut_short(name)(folder)
    with pytest.raises(UserError, match="the SavedModel is damaged"):
        load_generator(folder)


def test_an_older_export_is_replaced(exported, tmp_path):
    folder = tmp_path / "exported"
    shutil.copytree(exported, folder)
    (folder / "assets" / "old.txt").write_text("of the older export")
    save_minimal_generator(tmp_path / "generator.keras", keras.layers.Conv2D(3, 1))
    export_saved_model(GENERATOR, tmp_path, folder)
    assert load_generator(folder).image_size == 8
    assert not (folder / "assets" / "old.txt").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"exported", "generator.keras"}


def test_an_empty_folder_is_taken(tmp_path):
    save_minimal_generator(tmp_path / "generator.keras", keras.layers.Conv2D(3, 1))
    (tmp_path / "exported").mkdir()
    export_saved_model(GENERATOR, tmp_path, tmp_path / "exported")
    assert (tmp_path / "exported" / "saved_model.pb").is_file()


def write_notes(folder):
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")


def write_notes_beside_a_saved_model(folder):
    write_notes(folder)
    (folder / "saved_model.pb").write_bytes(b"")


@pytest.mark.parametrize(
    "write",
    [write_notes, write_notes_beside_a_saved_model, lambda folder: folder.write_text("mine")],
)
def test_other_things_are_never_overwritten(run_folder, tmp_path, write):
    folder = tmp_path / "precious"
    write(folder)
    with pytest.raises(UserError, match="is a file|something else than a SavedModel"):
        export_saved_model(GENERATOR, run_folder, folder)
    assert "mine" in (folder if folder.is_file() else folder / "notes.txt").read_text()


def test_a_mismatch_fails_and_leaves_nothing(tmp_path):
    save_minimal_generator(tmp_path / "generator.keras", Unsteady())
    with pytest.raises(ExportMismatchError, match="nothing was written"):
        export_saved_model(GENERATOR, tmp_path, tmp_path / "exported")
    assert [path.name for path in tmp_path.iterdir()] == ["generator.keras"]
