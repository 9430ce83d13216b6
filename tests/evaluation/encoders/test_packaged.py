"""The networks out of packages: what they answer, next to their origins; files that are none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.evaluation.encoders.packaged import pose_of_mesh
from facedancer.evaluation.encoders.registry import load_measure
from facedancer.lab.pictures.render import render
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

PHOTOGRAPHS = Path(__file__).parents[3] / "assets/photos"
# The five points of the two faces, by the detector that ships.
LANDMARKS = {
    "eileen_collins/astronaut.png": [
        (204.8000030517578, 100.80000305175781),
        (247.39999389648438, 103.4000015258789),
        (223.60000610351562, 129.1999969482422),
        (202.5, 138.10000610351562),
        (244.1999969482422, 140.60000610351562),
    ],
    "grace_hopper/grace_hopper.jpg": [
        (219.0, 187.60000610351562),
        (303.3999938964844, 186.8000030517578),
        (259.6000061035156, 247.1999969482422),
        (231.89999389648438, 273.1000061035156),
        (299.20001220703125, 272.70001220703125),
    ],
}


@pytest.fixture(scope="module")
def crops():
    """An astronaut who laughs, and an officer who does not."""
    return np.stack(
        [
            align_face(read_image(PHOTOGRAPHS / name), np.array(points, float), 256)[0]
            for name, points in LANDMARKS.items()
        ]
    )


@pytest.fixture(scope="module")
def patch():
    return read_image(PHOTOGRAPHS / "eileen_collins/astronaut.png")[20:244, 110:334]


def test_faceres_equals_its_graph(patch):
    embedding = load_measure("identity", "faceres").measure(patch[None])[0]
    assert embedding.shape == (1024,)
    # By TensorFlow from the package's own graph.
    assert embedding.mean() == pytest.approx(0.18013, rel=0.005)
    recorded = [0.03525, 0.80391, 0.42578, 0.23592, 1.35222]
    np.testing.assert_allclose(embedding[[0, 100, 500, 1000, 894]], recorded, atol=0.01)


def test_mini_xception_equals_its_file(patch):
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)[16:208:3, 16:208:3]
    answer = load_measure("expression", "mini_xception").measure(
        np.repeat(grey[None, ..., None], 3, -1)
    )
    # By Keras 2.15 from the wheel's own file.
    recorded = [[0.004887, 0.000014, 0.011449, 0.928295, 0.009480, 0.001299, 0.044576]]
    np.testing.assert_allclose(answer, recorded, atol=0.001)


def test_real_faces(crops):
    angry, disgust, fear, happy, sad, surprise, neutral = range(7)
    laughing, serious = load_measure("expression", "mini_xception").measure(crops)
    assert laughing.argmax() == happy and serious.argmax() == neutral
    identity = load_measure("identity", "faceres").measure(crops)
    mirrored = load_measure("identity", "faceres").measure(crops[:, :, ::-1])

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    assert min(map(cosine, identity, mirrored)) > 0.8 > 0.6 > cosine(*identity)
    pose = load_measure("pose", "face_mesh")
    assert np.abs(pose.measure(crops)[:, 2]).max() < 5
    matrix = cv2.getRotationMatrix2D((128, 128), -20, 1)  # clockwise as seen
    turned = np.stack([cv2.warpAffine(crop, matrix, (256, 256)) for crop in crops])
    roll = pose.measure(turned)[:, 2] - pose.measure(crops)[:, 2]
    assert np.all((roll > 12) & (roll < 25))
    assert np.isnan(pose.measure(np.zeros((1, 256, 256, 3), np.uint8))).all()


def test_pose_of_heads_whose_pose_is_known():
    crops, poses = [], []
    for index in range(24):
        picture, labels = render(0, index // 8, index, 128)
        if not labels["occluder"][0] and abs(labels["pose"][0]) < 45:
            crops.append(align_face(picture, np.reshape(labels["landmarks"], (5, 2)), 128)[0])
            poses.append(labels["pose"])
    measured = load_measure("pose", "face_mesh").measure(np.stack(crops))
    # Hair, hats and darkness may hide a face from the mesh, but few.
    seen = np.isfinite(measured).all(1)
    assert seen.sum() > max(10, 0.7 * len(seen))
    yaw, pitch, _ = measured[seen].T
    true_yaw, true_pitch, _ = np.array(poses)[seen].T
    assert np.corrcoef(yaw, true_yaw)[0, 1] > 0.9
    assert np.corrcoef(pitch, true_pitch)[0, 1] > 0.6


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    """A head seen from before, then pitched, turned and rolled about its own axes."""
    mesh = np.zeros((468, 3))
    # Eyes left and right, forehead, chin: x right, y down, z away from us.
    mesh[[33, 263, 10, 152]] = [[-40, 0, 0], [40, 0, 0], [0, -70, 0], [0, 70, 0]]
    # By the right-hand rule about x, y, z: nose down, nose to our left, clockwise.
    vectors = np.radians([[-pitch, 0, 0], [0, -yaw, 0], [0, 0, roll]])
    about_x, about_y, about_z = (cv2.Rodrigues(vector)[0] for vector in vectors)
    return mesh @ (about_z @ about_y @ about_x).T + [96, 96, 5]


@pytest.mark.parametrize("pose", [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, -15), (-50, 0, 0)])
def test_pose_of_a_mesh(pose):
    np.testing.assert_allclose(pose_of_mesh(turned(*pose)), pose, atol=1e-6)


def test_directions():
    # The nose, 50 before the face, comes to lie to the image's right of a head of positive yaw.
    mesh = turned(yaw=30)
    right = mesh[263] - mesh[33]
    forward = np.cross(mesh[152] - mesh[10], right)
    assert forward[2] < 0 and forward[0] > 0
    mesh = turned(pitch=20)
    assert np.cross(mesh[152] - mesh[10], mesh[263] - mesh[33])[1] < 0  # y is down
    mesh = turned(roll=10)
    assert (mesh[263] - mesh[33])[1] > 0  # the right eye lower: clockwise


def test_files_that_are_none(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_measure("pose", "face_mesh:nowhere")
    for role, name in (("identity", "faceres"), ("expression", "mini_xception")):
        with pytest.raises(UserError, match="no such file"):
            load_measure(role, f"{name}:nowhere")
    (tmp_path / "bad").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not a Keras model"):
        load_measure("identity", f"faceres:{tmp_path / 'bad'}")
    with pytest.raises(UserError, match="is not a TensorFlow Lite model"):
        load_measure("pose", f"face_mesh:{tmp_path / 'bad'}")
