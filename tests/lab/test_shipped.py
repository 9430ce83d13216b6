"""The lab's networks that ship do what they are for, on people whom none of them has seen."""

import hashlib
import re

import numpy as np
import pytest

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.pairing import check_encoder
from facedancer.lab.experiment.tasks import ROOT
from facedancer.lab.people.families import SIBLINGS
from facedancer.lab.pictures.render import render
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

SHIPPED = ROOT / "model_zoo" / "lab"
SIDE, PEOPLE = 64, 12
# Of none of the lab's sets of people.
FIRST = 5_000_000


@pytest.fixture(scope="module")
def faces():
    """``[PEOPLE, 2, 64, 64, 3]``: two crops of each."""
    crops = []
    # Of as many families: these networks have not learnt to tell siblings apart.
    for person in range(FIRST, FIRST + PEOPLE * SIBLINGS, SIBLINGS):
        for index in range(2):
            picture, labels = render(0, person, index, 128)
            landmarks = np.reshape(labels["landmarks"], (5, 2))
            crops.append(uint8_to_signed(align_face(picture, landmarks, SIDE)[0]))
    return np.reshape(crops, (PEOPLE, 2, SIDE, SIDE, 3))


def directions(name, pictures):
    embeddings = encode(load_encoder(SHIPPED / name), pictures)["embedding"].numpy()
    return embeddings, embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def test_the_list_names_the_files_checksums():
    listed = re.findall(
        r"\| `([\w.]+)` \|.*\| `([0-9a-f]{64})` \|", (SHIPPED / "README.md").read_text()
    )
    found = [
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in SHIPPED.glob("*.keras")
    ]
    assert sorted(listed) == sorted(found)


def test_the_generator_goes_with_the_encoder_that_ships():
    check_encoder(SHIPPED / "generator.keras", SHIPPED / "arcface.keras")
    with pytest.raises(UserError, match=r"trained with the identity encoder arcface\.keras"):
        check_encoder(SHIPPED / "generator.keras", SHIPPED / "cosface.keras")


@pytest.mark.parametrize("name", ["arcface.keras", "cosface.keras"])
def test_an_encoder_tells_strangers_apart(name, faces):
    first, second = (directions(name, faces[:, index])[1] for index in range(2))
    nearest = np.argmax(first @ second.T, axis=1)
    # They learnt from the former population. Of eight draws of as many of today's people both find
    # 0.75 in the worst, and 0.92 and 0.90 on average.
    assert np.mean(nearest == np.arange(PEOPLE)) >= 0.7


def test_the_generator_gives_strangers_identities_by_another_encoder(faces):
    targets, sources = faces[:, 0], np.roll(faces[:, 1], 1, axis=0)
    identities, _ = directions("arcface.keras", sources)
    changed = np.asarray(load_generator(SHIPPED / "generator.keras")(targets, identities))
    _, swapped = directions("cosface.keras", changed)
    to_source, to_target = (
        float(np.mean(np.sum(swapped * directions("cosface.keras", pictures)[1], axis=1)))
        for pictures in (sources, targets)
    )
    assert to_source > to_target + 0.2
    assert np.mean(np.abs(changed - targets)) < 0.2, "the picture is still the target's"
