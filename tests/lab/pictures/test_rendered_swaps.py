"""The perfect swap: the source's face in the target's scene, cropped as the target was."""

import dataclasses
import json

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops.listing import Crop, write_crop_list
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.pictures.render import face_region, render
from facedancer.lab.pictures.rendered_swaps import photographs_of, render_swaps
from facedancer.lab.pictures.rendering_job import Settings, render_faces
from facedancer.lab.pictures.shown import Part
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

SETTINGS = Settings(identities=2, first_identity=7, images=2, side=96, seed=0)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Renders, crops and shards of two people; crops are PNG, so that they can be compared."""
    folder = tmp_path_factory.mktemp("lab")
    render_faces(folder / "renders", SETTINGS, workers=1)
    crops = []
    for line in (folder / "renders" / "labels.jsonl").read_text().splitlines():
        entry = json.loads(line)
        landmarks = np.reshape(entry["labels"]["landmarks"], (5, 2))
        picture = read_image(folder / "renders" / entry["path"])
        crop, matrix = align_face(picture, landmarks, 64)
        path = entry["path"].replace(".jpg", ".png")
        write_image(folder / "crops" / path, crop)
        placed = landmarks @ matrix[:, :2].T + matrix[:, 2]
        crops.append(
            Crop(
                path, entry["path"], path.split("/")[0], tuple(map(tuple, placed.tolist())),
                (0.0,) * 4, 1.0, tuple(map(tuple, matrix.tolist())), 64, 1.0, 0.0, 1.0, "upright",
            )
        )  # fmt: skip
    write_crop_list(folder / "crops", crops)
    shard_folder(folder / "crops", folder / "shards", name="lab", num_shards=1)
    return folder


def swaps_of(lab, folder, pairs, part=Part.FACE):
    """Renders the swaps of pairs of photographs; their pictures."""
    names = {photograph: name for name, photograph in photographs_of(lab / "shards").items()}
    pair_list = folder / "list.json"
    folder.mkdir(exist_ok=True)
    pair_list.write_text(
        json.dumps({"pairs": [[names[f"{one}.jpg"] for one in pair] for pair in pairs]})
    )
    paths = (pair_list, lab / "shards", lab / "crops", lab / "renders", folder / "swaps")
    assert render_swaps(*paths, 1, part) == len(pairs)
    return [read_image(folder / "swaps" / f"{number}.png") for number in range(len(pairs))]


def test_a_person_s_own_face_gives_their_own_crop(lab, tmp_path):
    (swap,) = swaps_of(lab, tmp_path, [("0000007/0000", "0000007/0001")])
    np.testing.assert_array_equal(swap, read_image(lab / "crops" / "0000007" / "0000.png"))


def test_of_clean_pictures_the_swaps_are_clean_too(lab, tmp_path):
    clean = tmp_path / "clean"
    render_faces(clean, dataclasses.replace(SETTINGS, clean=True), workers=1)
    pairs = [("0000007/0000", "0000007/0001")]
    (noisy,) = swaps_of(lab, tmp_path / "noisy", pairs)
    pair_list = tmp_path / "noisy" / "list.json"
    folder = tmp_path / "swaps"
    render_swaps(pair_list, lab / "shards", lab / "crops", clean, folder, 1)
    labels = json.loads((clean / "labels.jsonl").read_text().splitlines()[0])["labels"]
    picture = read_image(clean / "0000007" / "0000.jpg")
    wanted, _ = align_face(picture, np.reshape(labels["landmarks"], (5, 2)), 64)
    np.testing.assert_array_equal(read_image(folder / "0.png"), wanted)
    assert not np.array_equal(noisy, wanted)


def test_another_s_face_is_theirs_in_the_target_s_scene(lab, tmp_path):
    (swap,) = swaps_of(lab, tmp_path, [("0000007/0000", "0000008/0001")])
    target = read_image(lab / "crops" / "0000007" / "0000.png").astype(int)
    assert np.abs(swap - target).mean() > 5
    _, own = render(0, 7, 0, 96)
    _, shown = render(0, 7, 0, 96, face_of=8)
    for name in ("pose", "expression", "mood", "gaze", "light", "occluder"):
        assert shown[name] == own[name]
    assert shown["identity"] == [8.0]


def test_a_head_brings_its_hair_along(lab, tmp_path):
    pairs = [("0000007/0000", "0000008/0001")]
    (face,), (head,) = (
        swaps_of(lab, tmp_path / part.name, pairs, part) for part in (Part.FACE, Part.HEAD)
    )
    assert np.abs(face.astype(int) - head).mean() > 1
    with pytest.raises(UserError, match="another --part"):
        swaps_of(lab, tmp_path / "FACE", pairs, Part.HEAD)


def test_what_is_there_stays_and_other_pairs_are_refused(lab, tmp_path):
    pairs = [("0000007/0000", "0000008/0001"), ("0000008/0000", "0000007/0001")]
    swaps_of(lab, tmp_path, pairs)
    first, second = (tmp_path / "swaps" / f"{number}.png" for number in range(2))
    before = second.read_bytes()
    cv2.imwrite(str(first), np.zeros((64, 64, 3), np.uint8))
    second.unlink()
    again = swaps_of(lab, tmp_path, pairs)
    assert again[0].max() == 0 and second.read_bytes() == before
    with pytest.raises(UserError, match="other pairs"):
        swaps_of(lab, tmp_path, pairs[:1])


def test_pairs_of_other_data_are_refused(lab, tmp_path):
    (tmp_path / "list.json").write_text('{"pairs": [["nobody#0", "nobody#1"]]}')
    with pytest.raises(UserError, match="is not a list of pairs from"):
        render_swaps(
            tmp_path / "list.json", lab / "shards", lab / "crops", lab / "renders", tmp_path, 1
        )


def test_masks_say_where_both_faces_are(lab, tmp_path):
    swaps_of(lab, tmp_path / "other", [("0000007/0000", "0000008/0001")])
    mask = read_image(tmp_path / "other" / "swaps" / "mask" / "0.png")
    assert mask.shape == (64, 64, 3) and not mask[..., 2].any()
    own, swapped = (mask[..., channel] >= 128 for channel in range(2))
    # In an aligned crop the middle is face and the upper corners are not.
    assert own[24:48, 28:36].mean() > 0.7 and swapped[24:48, 28:36].mean() > 0.7
    assert not own[:4, :4].any()
    assert own.sum() > 1.5 * (own ^ swapped).sum() > 0
    # Without the source's shape the face stays where it is.
    region = face_region(0, 7, 0, 96)
    np.testing.assert_array_equal(region, face_region(0, 7, 0, 96, face_of=7, source_index=0))
    assert not np.array_equal(region, face_region(0, 7, 0, 96, face_of=8))
