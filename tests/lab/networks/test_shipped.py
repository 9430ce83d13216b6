import hashlib
import json
import shutil

import keras
import pytest

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import (
    finished_regressor,
    get_regressor,
    load_regressor,
)
from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.small_encoder import get_small_encoder
from facedancer.lab.networks.shipped import ship
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A lab's folder, and what ships of it with its generator."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("made") / "lab"
    networks = {
        "runs/c/generator.keras": get_generator(
            ["affa"] * 5 + ["concat"], 1, 16, image_size=64, base_width=4
        ),
        "encoders/arcface/encoder.keras": get_small_encoder(),
        "encoders/cosface/encoder.keras": get_small_encoder(),
        "encoders/pose/regressor.keras": finished_regressor("pose", 64, get_regressor("pose", 64)),
        "encoders/expression/regressor.keras": finished_regressor(
            "expression", 64, get_regressor("expression", 64)
        ),
    }
    for place, network in networks.items():
        (folder / place).parent.mkdir(parents=True)
        network.save(folder / place)
    total = ship(folder, "c", folder.with_name("shipped"))
    assert total == sum(file.stat().st_size for file in folder.with_name("shipped").glob("*.keras"))
    return folder.parent


@pytest.fixture
def lab_dir(made, tmp_path):
    return shutil.copytree(made / "lab", tmp_path / "lab")


@pytest.fixture
def shipped(made, tmp_path):
    return shutil.copytree(made / "shipped", tmp_path / "shipped")


@pytest.fixture
def judged_lab(lab_dir, shipped):
    """The lab with the judges that ship already, so that they are not packed again."""
    for kind, file in (("cosface", "encoder"), ("pose", "regressor"), ("expression", "regressor")):
        shutil.copyfile(shipped / f"{kind}.keras", lab_dir / "encoders" / kind / f"{file}.keras")
    return lab_dir


def test_all_networks_ship_and_the_list_names_their_checksums(lab_dir, shipped, tmp_path):
    listed = (shipped / "README.md").read_text()
    files = sorted(shipped.glob("*.keras"))
    names = [path.stem for path in files]
    assert names == ["arcface", "cosface", "expression", "generator", "pose"]
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in listed
    assert load_generator(shipped / "generator.keras").image_size == 64
    load_encoder(shipped / "arcface.keras")
    learnt_by = encoder_origin(lab_dir / "encoders/arcface/encoder.keras")
    assert encoder_origin(shipped / "arcface.keras") == learnt_by
    load_regressor(shipped / "pose.keras")
    with pytest.raises(UserError, match="runs/d/generator.keras"):
        ship(lab_dir, "d", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_networks_ship_before_there_is_a_generator(lab_dir, tmp_path):
    ship(lab_dir, None, tmp_path)
    names = [path.stem for path in sorted(tmp_path.glob("*.keras"))]
    assert names == ["arcface", "cosface", "expression", "pose"]


def test_networks_that_were_taken_stay_and_new_ones_join_them(lab_dir, shipped):
    before = (shipped / "README.md").read_text().splitlines()
    for kind, file in (("arcface", "encoder"), ("pose", "regressor"), ("expression", "regressor")):
        shutil.copyfile(shipped / f"{kind}.keras", lab_dir / "encoders" / kind / f"{file}.keras")
    get_small_encoder().save(lab_dir / "encoders/cosface/encoder.keras")
    ship(lab_dir, None, shipped)
    after = (shipped / "README.md").read_text().splitlines()
    assert sorted(after) != sorted(before)
    assert [line for line in sorted(after) if "cosface" not in line] == [
        line for line in sorted(before) if "cosface" not in line
    ]


def test_a_generator_stays_beside_its_own_encoder_in_float32(judged_lab, shipped):
    before = (shipped / "generator.keras").read_bytes()
    ship(judged_lab, None, shipped)
    assert (shipped / "generator.keras").read_bytes() == before
    assert "`generator.keras`" in (shipped / "README.md").read_text()


def test_a_run_of_another_encoder_does_not_ship(judged_lab, shipped):
    part = {"sha256": {"encoder": "f00"}}
    (judged_lab / "runs/c/run.json").write_text(json.dumps({"parts": [part]}))
    with pytest.raises(UserError, match="runs/c was trained with another encoder"):
        ship(judged_lab, "c", shipped)
    part["sha256"]["encoder"] = hashlib.sha256(
        (judged_lab / "encoders/arcface/encoder.keras").read_bytes()
    ).hexdigest()
    (judged_lab / "runs/c/run.json").write_text(json.dumps({"parts": [part]}))
    ship(judged_lab, "c", shipped)


def test_a_generator_does_not_stay_beside_another_encoder(judged_lab, shipped):
    before = (shipped / "arcface.keras").read_bytes()
    encoder = get_small_encoder()
    encoder.set_weights([weights[::-1] for weights in encoder.get_weights()])
    encoder.save(judged_lab / "encoders/arcface/encoder.keras")
    with pytest.raises(UserError, match="trained with another encoder"):
        ship(judged_lab, None, shipped)
    assert (shipped / "arcface.keras").read_bytes() == before
    ship(judged_lab, "c", shipped)
    assert (shipped / "arcface.keras").read_bytes() != before
