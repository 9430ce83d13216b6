"""Stand-ins for the published files, read and run here, against the original software's answers."""

import numpy as np
import tensorflow as tf

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.arcface_model.encoder import describe_encoder, load_encoder
from facedancer.networks.generator import attention_masks
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import Detector, load_detector
from facedancer.retinaface.loading import describe_detector


def largest(ours, theirs):
    assert ours.shape == theirs.shape
    return np.abs(np.asarray(ours, np.float64) - theirs).max()


def test_generator_and_masks(facedancer_c):
    path, recorded = facedancer_c
    target = tf.cast(recorded["target"], tf.float32) / 127.5 - 1
    identity = tf.constant(recorded["identity"])

    generator = load_generator(path)
    assert generator.image_size == 256
    assert generator.description == (
        f"published file {path} (Keras 2.15.0), configuration C, mapping depth 4, 256 px, float32"
    )
    swapped = generator(target, identity).numpy()
    assert np.abs(recorded["swapped"]).max() > 0.5  # so that 1e-4 says something
    assert largest(swapped[:, ::4, ::4], recorded["swapped"]) < 1e-4
    assert abs(swapped.mean() - recorded["swapped_mean"]) < 1e-5
    assert abs(swapped.std() - recorded["swapped_std"]) < 1e-5

    masks = attention_masks(load_keras_generator(path))([target, identity])
    for leads_to in (64, 128, 256):
        # The original names a mask by the side that its stage leads to, twice the mask's own.
        mask = masks[str(leads_to // 2)].numpy()[:, ::8, ::8, ::16]
        assert largest(mask, recorded[f"mask_{leads_to}x{leads_to}"]) < 1e-4


def test_encoder_and_its_blocks(arcface_res50):
    path, recorded = arcface_res50
    assert describe_encoder(path) == f"published file {path} (Keras 2.15.0)"
    outputs = load_encoder(path)(tf.cast(recorded.pop("image"), tf.float32) / 255, training=False)
    blocks = recorded.keys() & set(BLOCK_NAMES)
    assert blocks == recorded.keys() - {"embedding"}
    assert len(blocks) == 6
    for name, expected in recorded.items():
        ours = outputs[name].numpy()
        ours = ours[..., ::64] if name in blocks else ours
        assert largest(ours, expected) < 1e-4 * np.abs(expected).max(), name


def test_detections_as_sets(retinaface_res50):
    path, recorded = retinaface_res50
    assert describe_detector(path) == f"published file {path} (Keras 2.15.0)"
    image, expected = recorded["image"][0], recorded["detections"]
    # The original's own settings; its picture is 0..1 wide and high.
    detector = Detector(load_detector(path).model, min_score=0.02, nms_iou=0.4, max_side=None)
    height, width, _ = image.shape
    size = np.tile([width, height], 7)
    # One pass: `detect` looks again at large faces, as the original does not.
    [faces] = detector.detect_in(image[None], [(0, 0, width, height)])
    ours = np.array(
        [
            [*np.concatenate([face.box, face.landmarks.ravel()]) / size, 1, face.score]
            for face in faces
        ]
    )
    assert len(ours) == len(expected) == 666
    difference = np.abs(ours[:, None] - expected[None]).max(-1)
    nearest = difference.argmin(1)
    assert difference.min(1).max() < 1e-3
    assert len(set(nearest)) == len(expected)  # one to one
    assert np.abs(expected[:, None] - expected[None]).max(-1)[np.triu_indices(666, 1)].min() > 1e-3
