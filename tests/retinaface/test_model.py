import keras
import numpy as np
import pytest

from facedancer.retinaface.model import UpsampleLike, get_retinaface, network_of_bgr


# The ResNet50's is that of the published file's skeleton, the MobileNet's that of the ONNX network.
@pytest.mark.parametrize(
    ("backbone", "parameters"), [("mobilenet", 423_264), ("resnet50", 27_378_144)]
)
def test_architecture(backbone, parameters):
    model = get_retinaface(backbone)
    assert model.name == f"retinaface_{backbone}"
    assert model.count_params() == parameters
    assert model.input_shape == (None, None, None, 3)
    shapes = {name: tuple(output.shape) for name, output in model.output.items()}
    assert shapes == {
        "boxes": (None, None, 4),
        "landmarks": (None, None, 10),
        "scores": (None, None),
    }


def test_bgr_gives_what_rgb_does(detector):
    rgb = np.random.default_rng(0).uniform(0, 255, (1, 40, 64, 3)).astype(np.float32)
    found = network_of_bgr(detector.model)(np.flip(rgb, -1), training=False)
    for name, wanted in detector.model(rgb, training=False).items():
        np.testing.assert_array_equal(found[name], wanted)


def test_a_network_without_that_beginning_has_no_bgr():
    inputs = keras.Input((8,))
    assert network_of_bgr(keras.Model(inputs, keras.layers.Dense(1)(inputs))) is None


def test_unknown_backbone_lists_the_known_ones():
    with pytest.raises(ValueError, match="mobilenet, resnet50"):
        get_retinaface("resnet18")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (32, 64), (33, 65), (120, 47)])
def test_one_answer_per_anchor_for_any_size(detector, reference, height, width):
    images = np.full((2, height, width, 3), 99, np.float32)
    answers = detector.model(images, training=False)
    anchors = len(reference.reference_anchors(height, width))
    assert answers["boxes"].shape == (2, anchors, 4)
    assert answers["landmarks"].shape == (2, anchors, 10)
    assert answers["scores"].shape == (2, anchors)
    assert all(np.isfinite(answer).all() for answer in answers.values())


@pytest.mark.parametrize(
    ("half_pixel_centers", "picked"), [(False, [0, 0, 1, 1, 2]), (True, [0, 0, 1, 2, 2])]
)
def test_upsampling_rounds_as_asked_where_the_factor_is_not_whole(half_pixel_centers, picked):
    layer = UpsampleLike(half_pixel_centers)
    layer = UpsampleLike.from_config(layer.get_config())
    coarse = np.arange(9, dtype=np.float32).reshape(1, 3, 3, 1)
    fine = np.zeros((1, 5, 5, 7), np.float32)
    expected = coarse[:, picked][:, :, picked]
    np.testing.assert_array_equal(layer([coarse, fine]), expected)


def test_keras_file_keeps_the_answers(detector, tmp_path):
    image = np.random.default_rng(0).uniform(0, 255, (1, 50, 70, 3)).astype(np.float32)
    detector.model.save(tmp_path / "detector.keras")
    restored = keras.saving.load_model(tmp_path / "detector.keras")
    before, after = detector.model(image, training=False), restored(image, training=False)
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])
