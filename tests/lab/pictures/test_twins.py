"""Twins of rendered pictures: whose face they have, and the way to a training's answers."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.dataset.crops.cropping import crop_photographs
from facedancer.dataset.crops.listing import write_crop_list
from facedancer.dataset.crops.photograph_list import list_photographs
from facedancer.dataset.crops.settings import CropSettings
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.pictures.rendering_job import Settings, render_faces
from facedancer.lab.pictures.twins import twin_face
from facedancer.retinaface.detector import Face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

NUMBERS = range(8, 28)


def test_faces_are_of_others_and_some_of_siblings():
    faces = {
        (number, index): twin_face(5, NUMBERS, number, index, 0.5)
        for number in NUMBERS
        for index in range(100)
    }
    assert np.mean([face is not None for face in faces.values()]) == pytest.approx(0.5, abs=0.04)
    drawn = {key: face for key, face in faces.items() if face}
    assert all(face.person in NUMBERS for face in drawn.values())
    assert all(face.person != number for (number, _), face in drawn.items())
    # Of the 20 people 3 are siblings: a fifth is drawn as such, the rest meets some by chance.
    siblings = np.mean([face.person // 4 == number // 4 for (number, _), face in drawn.items()])
    assert siblings == pytest.approx(0.2 + 0.8 * 3 / 19, abs=0.06)
    assert len(Counter(face.person for face in drawn.values())) == len(NUMBERS)
    by_session = Counter((number, index // 5, face) for (number, index), face in drawn.items())
    assert len(by_session) == len({key[:2] for key in by_session})
    assert twin_face(5, NUMBERS, 9, 3, 1.0) == twin_face(5, NUMBERS, 9, 3, 0.9)
    with pytest.raises(ValueError, match="somebody else"):
        twin_face(5, range(8, 9), 8, 0, 1.0)


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    """Two people's pictures, and their twins."""
    folder = tmp_path_factory.mktemp("twins")
    settings = Settings(identities=2, first_identity=0, images=2, side=96, seed=20)
    render_faces(folder / "p", settings, workers=1)
    twins = Settings(**vars(settings) | {"twins": 1.0})
    render_faces(folder / "p_twins", twins, workers=1)
    return folder, settings, twins


def test_a_twin_differs_in_the_face_alone(renders):
    folder, settings, twins = renders
    names = [path.relative_to(folder / "p") for path in sorted((folder / "p").rglob("*.jpg"))]
    assert len(names) == 4
    for name in names:
        own, twin = (read_image(folder / kind / name).astype(int) for kind in ("p", "p_twins"))
        away = np.abs(twin - own).max(axis=2)
        # The background with its noise; hair may reach the border, and moves with the skull.
        border = np.concatenate([away[:3].ravel(), away[:60, :3].ravel(), away[:60, -3:].ravel()])
        assert np.quantile(border, 0.25) <= 1
        assert np.median(away[40:65, 30:66]) > 5
    with pytest.raises(UserError, match="holds pictures made with other flags"):
        render_faces(folder / "p", twins, workers=1)
    render_faces(folder / "p", settings, workers=1)  # begun before there were twins


def test_training_gets_the_picture_for_the_answer(renders):
    folder, settings, _ = renders
    photographs = list_photographs(folder / "p", ".png")

    def find(images):
        found = []
        for photograph in photographs:
            points = np.reshape(photograph.labels["landmarks"], (5, 2)).astype(np.float32)
            box = np.concatenate([points.min(0), points.max(0)])
            found.append(SimpleNamespace(faces=[Face(box, points, 0.9)], found_by="plain"))
        return found

    images = [read_image(folder / "p" / photograph.path) for photograph in photographs]
    cropping = CropSettings(side=32, min_size=32, suffix=".png")
    outcomes = crop_photographs(photographs, images, SimpleNamespace(find=find), cropping)
    crops = [pair for outcome in outcomes for pair in outcome.crops]
    assert len(crops) == 4
    write_crop_list(folder / "crops", [crop for crop, _ in crops])
    for crop, pixels in crops:
        write_image(folder / "crops" / crop.path, pixels)
    shard_folder(folder / "crops", folder / "shards", "a", 1, twin_photographs=folder / "p_twins")
    assert read_index(folder / "shards").twins == 4

    batches = make_dataset(
        folder / "shards", 32, 4, truth_share=1.0, same_probability=0.0, augment=False
    ).take(3)
    known = 0
    for batch in batches:
        answered = batch["answered"].numpy() == 1
        for target, source, answer in zip(
            *(batch[name].numpy()[answered] for name in ("target", "source", "answer")), strict=True
        ):
            known += 1
            [person] = [
                crop.identity
                for crop, pixels in crops
                if np.abs(answer - (pixels / 127.5 - 1)).max() < 0.01
            ]
            others = [
                pixels
                for crop, pixels in crops
                if crop.identity == person and np.abs(source - (pixels / 127.5 - 1)).max() < 0.01
            ]
            assert len(others) == 1 and np.abs(source - answer).mean() > 0.1
            # The same place: shifted by a pixel, the two pictures fit worse.
            moved = np.abs(np.roll(target, 1, axis=1) - answer)[:, 2:-2].mean()
            assert np.abs(target - answer)[:, 2:-2].mean() < moved
    assert known > 6


def test_photographs_of_twins_are_refused_where_nobody_knows_where_to_cut(renders, tmp_path):
    folder, _, _ = renders
    with pytest.raises(UserError, match="has no crops.jsonl that says where"):
        shard_folder(folder / "p", tmp_path, "a", twin_photographs=folder / "p_twins")
    with pytest.raises(UserError, match="give one of them"):
        shard_folder(folder / "p", tmp_path, "a", twins="x", twin_photographs="y")
