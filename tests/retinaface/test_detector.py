import hashlib

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.retinaface.detector import SHIPPED_WEIGHTS, Detector, Face, load_detector
from facedancer.retinaface.model import get_retinaface
from facedancer.utils.errors import UserError

BLANK = np.full((640, 640, 3), 127, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)


def assert_same_faces(faces, others, scale=1.0):
    """``others`` lie in a picture that is ``scale`` times larger."""
    assert len(faces) == len(others)
    for face, other in zip(faces, others, strict=True):
        for ours, theirs in [(face.box, other.box), (face.landmarks, other.landmarks)]:
            np.testing.assert_allclose((ours + 0.5) * scale - 0.5, theirs, rtol=0, atol=1e-3)
        assert face.score == pytest.approx(other.score, abs=1e-5)


def test_faces_are_as_promised(detector, scenes):
    faces = detector.detect(scenes["four faces"])
    assert [face.score for face in faces] == sorted((f.score for f in faces), reverse=True)
    for face in faces:
        assert face.box.shape == (4,)
        assert face.box.dtype == face.landmarks.dtype == np.float32
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert (face.box[:2] < face.landmarks).all()
        assert (face.landmarks < face.box[2:]).all()


def test_batch_finds_what_single_pictures_give(detector, scenes):
    pictures = [scenes["collins at 640"], BLANK, scenes["four faces"]]
    batch = detector.detect_batch(pictures)
    assert [len(faces) for faces in batch] == [1, 0, 4]
    for faces, picture in zip(batch, pictures, strict=True):
        assert_same_faces(faces, detector.detect(picture))
    assert detector.detect_batch([]) == []


@pytest.mark.parametrize("picture", [BLANK, NOISE, NOISE[:1, :1], NOISE[:9, :200]])
def test_no_face_is_an_empty_list(detector, picture):
    assert detector.detect(picture) == []


def test_large_pictures_are_reduced_and_faces_mapped_back(detector, scenes):
    picture = scenes["four faces"]
    # Reduced by area, doubled pixels give exactly the picture that they were doubled from.
    doubled = picture.repeat(2, axis=0).repeat(2, axis=1)
    assert_same_faces(detector.detect(picture), detector.detect(doubled), scale=2)


def test_pictures_are_never_enlarged(detector, scenes):
    picture = scenes["four faces"][:320, 320:]
    unlimited = Detector(detector.model, max_side=None)
    assert_same_faces(unlimited.detect(picture), detector.detect(picture))


def test_channels_are_turned_round_quickly(detector):
    fresh = Detector(detector.model)
    operations = fresh._find.get_concrete_function().graph.get_operations()
    # A slice of a picture with a negative step took a third of a detection's time.
    assert not [
        one for one in operations if one.type == "StridedSlice" and one.outputs[0].shape.rank == 4
    ]


def test_one_trace_serves_all_sizes_and_batches(detector):
    fresh = Detector(detector.model)
    for picture in [NOISE, NOISE[:100], NOISE[:7, :9]]:
        fresh.detect(picture)
    fresh.detect_batch([NOISE, NOISE])
    assert fresh._find.experimental_get_tracing_count() == 1


def test_faces_are_centred_in_their_area(detector, scenes):
    picture = scenes["four faces"]
    batch = np.stack([picture] * 3)
    whole, right, none = detector.detect_in(
        batch, [(0, 0, 640, 640), (320, 0, 640, 640), (0, 0, 8, 8)]
    )
    assert none == []
    expected = [face for face in whole if face.box[[0, 2]].mean() > 320]
    assert 0 < len(expected) < len(whole)
    assert_same_faces(right, expected)


def test_a_moved_face_keeps_its_box_in_order():
    face = Face(np.array([1, 2, 5, 8], np.float32), np.ones((5, 2), np.float32), 0.5)
    moved = face.moved(np.array([[-2.0, 0.0, 20.0], [0.0, 2.0, 1.0]]))
    np.testing.assert_array_equal(moved.box, [10, 5, 18, 17])
    np.testing.assert_array_equal(moved.landmarks, [[18, 3]] * 5)
    assert moved.box.dtype == moved.landmarks.dtype == np.float32


def test_higher_min_score_finds_no_more(detector, scenes):
    scores = [face.score for face in detector.detect(scenes["four faces"])]
    strict = Detector(detector.model, min_score=scores[1])
    assert [face.score for face in strict.detect(scenes["four faces"])] == pytest.approx(scores[:1])


@pytest.mark.parametrize(
    ("output", "poison"),
    [
        *(("boxes", value) for value in (np.nan, np.inf, -np.inf, 1e30, -1e30)),
        *(("landmarks", value) for value in (np.nan, np.inf, -np.inf, 0.0)),
        *(("scores", value) for value in (np.nan, np.inf, -np.inf)),
    ],
)
def test_broken_candidates_never_become_faces(output, poison):
    # Stands for a network whose first anchor is a sound face, and whose second is broken.
    answers = {
        "boxes": np.zeros((1, 6, 4), np.float32),
        "landmarks": np.arange(60, dtype=np.float32).reshape(1, 6, 10),
        "scores": np.array([[0.9, 0.8, 0, 0, 0, 0]], np.float32),
    }
    answers[output][0, 1] = poison
    broken = Detector(
        lambda images, training: {k: tf.constant(v) for k, v in answers.items()}, nms_iou=1.0
    )
    faces = broken.detect(NOISE[:8, :8])
    assert [face.score for face in faces] == [pytest.approx(0.9)]
    assert np.isfinite(faces[0].box).all()
    assert np.isfinite(faces[0].landmarks).all()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([NOISE.astype(np.float32)], "uint8"),
        ([NOISE.tolist()], "uint8"),
        ([NOISE[..., 0]], r"\[H, W, 3\]"),
        ([NOISE[..., :2]], r"\[H, W, 3\]"),
        ([NOISE[:0]], r"\[H, W, 3\]"),
        ([NOISE, NOISE[:50]], "one size"),
    ],
)
def test_wrong_pictures_are_refused(detector, images, message):
    with pytest.raises(ValueError, match=message):
        detector.detect_batch(images)


@pytest.mark.parametrize(
    "settings", [{"min_score": 1.0}, {"min_score": -0.1}, {"nms_iou": 1.1}, {"max_side": 0}]
)
def test_wrong_settings_are_refused(detector, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Detector(detector.model, **settings)


@pytest.mark.parametrize("backbone", ["mobilenet", "resnet50"])
def test_own_weights_files_are_recognised(backbone, tmp_path):
    model = get_retinaface(backbone)
    model.save_weights(tmp_path / "some.weights.h5")
    loaded = load_detector(tmp_path / "some.weights.h5").model
    assert loaded.name == model.name
    for ours, theirs in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_no_such_file_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="no such detector"):
        load_detector(tmp_path / "none.weights.h5")


def write_text(path):
    path.write_text("not HDF5")


def write_other_hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_group("model_weights")


def write_other_model(path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="other").save_weights(path)


def write_damaged(path):
    get_retinaface().save_weights(path)
    with h5py.File(path, "a") as file:
        del file["layers/conv2d_3/vars/1"]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_text, "neither a Keras nor an HDF5 file"),
        (write_other_hdf5, "holds no Keras model"),
        (write_other_model, "'other', which is not a detector"),
        (write_damaged, "is not a detector"),
    ],
)
def test_other_files_are_user_errors(write, message, tmp_path):
    path = tmp_path / "some.weights.h5"
    write(path)
    with pytest.raises(UserError, match=message):
        load_detector(path)


def test_shipped_weights_are_those_on_record():
    digest = hashlib.sha256(SHIPPED_WEIGHTS.read_bytes()).hexdigest()
    records = [path.read_text() for path in SHIPPED_WEIGHTS.parent.glob("*.md")]
    assert any(digest in record for record in records)
