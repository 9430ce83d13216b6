"""The generator that ships for photographs, on the two photographs that ship."""

import re
from pathlib import Path

import numpy as np

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.evaluation.encoders.registry import load_measure
from facedancer.inference.default_networks import SHIPPED
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.alignment import align_face
from facedancer.utils.files import digest_of
from facedancer.utils.images import read_image, signed_to_uint8, uint8_to_signed
from facedancer.utils.weights.published import MODEL_ZOO

PHOTOS = Path(__file__).resolve().parents[2] / "assets" / "photos"
GENERATOR, ENCODER = MODEL_ZOO / SHIPPED.generator, MODEL_ZOO / SHIPPED.encoder
# Of the two faces, by the detector that ships.
LANDMARKS = {
    "eileen_collins/astronaut.png": [
        (204.8, 100.8), (247.4, 103.4), (223.6, 129.2), (202.5, 138.1), (244.2, 140.6)
    ],
    "grace_hopper/grace_hopper.jpg": [
        (219.0, 187.6), (303.4, 186.8), (259.6, 247.2), (231.9, 273.1), (299.2, 272.7)
    ],
}  # fmt: skip


def crops(side):
    return np.stack(
        [
            align_face(read_image(PHOTOS / name), np.array(points), side)[0]
            for name, points in LANDMARKS.items()
        ]
    )


def test_its_card_names_both_checksums():
    listed = re.findall(r"`([0-9a-f]{64})`", (GENERATOR.parent / "README.md").read_text())
    assert {digest_of(GENERATOR), digest_of(ENCODER)} <= {*listed}


def test_it_brings_each_face_nearer_to_the_other_by_an_encoder_that_it_never_saw():
    generator, judge = load_generator(GENERATOR), load_measure("identity", "faceres")
    targets = crops(generator.image_size)
    pictures = uint8_to_signed(crops(256))
    identities = encode(load_encoder(ENCODER), pictures)["embedding"].numpy()
    changed = np.asarray(generator(uint8_to_signed(targets), identities[::-1]))
    found = judge.measure(np.concatenate([targets, signed_to_uint8(changed)]))
    before, after = np.split(found / np.linalg.norm(found, axis=1, keepdims=True), 2)
    to_source, to_target = (np.sum(after * one, axis=1) for one in (before[::-1], before))
    strangers = np.sum(before * before[::-1], axis=1)
    assert (to_source > strangers + 0.02).all()
    assert (to_target < 0.9).all()
