"""A resumed run is the same experiment: each flag either may change, or is refused by name."""

import dataclasses
from pathlib import Path

import pytest
import tensorflow as tf

from facedancer.losses.terms import WEIGHED_TERMS
from facedancer.training.runs.checkpoint_folder import place_of, seal
from facedancer.training.runs.folder import open_run_folder
from facedancer.training.runs.resume import (
    MAY_DIFFER,
    MAY_DIFFER_BY_RESUME,
    find_end,
    refuse_changed_flags,
)
from facedancer.training.settings.distill import DistillConfig
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_text

# A term of generators that encode attributes apart: FaceDancer's refuses the weight.
OF_OTHERS = ("attributes_weight",)
# Another valid value of every flag that must stay as it was.
MUST_STAY = {
    "up_types": ("affa", "concat"),
    "mapping_depth": 2,
    "mapping_size": 256,
    "image_size": 128,
    "base_width": 32,
    "separable": True,
    "encoder": "untrained_small",
    "perceptual_features": "mobilenet_v2",
    "loss_profile": "released",
    **{f"{name}_weight": term.weight + 1.5 for name, term in WEIGHED_TERMS.items()},
    "ifsr_scale": 2.0,
    "ifsr_margins": ("conv2_block1_out=0.01",),
    "ifsr_margins_mode": "relative",
    "ifsr_ramp": (0.1, 0.1),
    "ifsr_goal": 0.5,
    "truth_share": 0.2,
    "triplets": "elsewhere",
    "shape_regressor": "elsewhere",
    "pose_regressor": "elsewhere",
    "expression_regressor": "elsewhere",
    "second_encoder": "elsewhere",
    "identity_of": "answer",
    "encoder_gradient": "grey",
    "encoder_jitter": 0.5,
    "identity_mixing": 0.5,
    "batch_size": 4,
    "same_ratio": 0.5,
    "camera": 0.5,
    "geometry": 0.5,
    "same_identity_ratio": 0.5,
    "sampling": "identity",
    "data_weights": (3.0, 1.0),
    "precision": "mixed_bfloat16",
    "accumulate": 2,
    "penalty_every": 16,
    "ema": 0.5,
}

# Neither of two goes without the other.
PAIRS = (
    ("shape_weight", "shape_regressor"),
    ("pose_weight", "pose_regressor"),
    ("expression_weight", "expression_regressor"),
    ("second_identity_weight", "second_encoder"),
    ("identity_of", "truth_share"),
)


@pytest.fixture
def config(tmp_path):
    """The flags of a run that has a checkpoint."""
    for name in ("shards", "others"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.json").write_text(f'"{name}"')
    config = TrainConfig(data=str(tmp_path / "shards"), run_dir=str(tmp_path / "run"))
    return started(config)


def started(config: TrainConfig) -> TrainConfig:
    open_run_folder(config, 0, tf.distribute.get_strategy())
    place_of(config.checkpoint_dir, 10).mkdir(parents=True, exist_ok=True)
    return config


def flags_file(config: TrainConfig) -> Path:
    return Path(config.run_dir) / "flags.cfg"


def test_every_flag_is_of_one_kind():
    fields = {field.name for field in dataclasses.fields(TrainConfig) if field.metadata["stored"]}
    assert sorted(fields) == sorted([*MAY_DIFFER, *MAY_DIFFER_BY_RESUME, *MUST_STAY])


@pytest.mark.parametrize("name", sorted(MAY_DIFFER_BY_RESUME | MAY_DIFFER - {"run_dir"}))
def test_what_may_change(config, name):
    others = {
        "learning_rate": 1e-5,
        "learning_rate_decay": 0.5,
        "skip_corrupt": True,
        "strategy": "multi_worker",
        "data": str(Path(config.data).with_name("others")),
    }
    default = getattr(config, name)
    value = others.get(name, default + 1 if isinstance(default, int) else "elsewhere")
    assert value != default
    changed = dataclasses.replace(config, **{name: value})
    if name in MAY_DIFFER_BY_RESUME:
        with pytest.raises(
            UserError, match=f"--{name} was .*Add --resume to continue with the new ones"
        ):
            refuse_changed_flags(changed)
        changed = dataclasses.replace(changed, resume=True)
    refuse_changed_flags(changed)


def test_a_run_is_complete_with_the_last_of_its_steps(config, caplog):
    complete = dataclasses.replace(config, total_steps=10)
    # The only checkpoint is damaged.
    with pytest.raises(UserError, match="no checkpoint in .* is intact"):
        find_end(complete)
    place_of(config.checkpoint_dir, 10).rmdir()
    seal_empty(config, 9)
    assert find_end(complete) is None
    place = seal_empty(config, 10)
    assert find_end(complete) == place
    assert find_end(dataclasses.replace(config, total_steps=8)) == place
    assert find_end(config) is None
    # One that is damaged is none.
    (place / "manifest.json").unlink()
    assert find_end(complete) is None


def seal_empty(config, step):
    unfinished = config.checkpoint_dir / ".unfinished"
    unfinished.mkdir()
    place = place_of(config.checkpoint_dir, step)
    seal(unfinished, place, None)
    return place


@pytest.mark.parametrize("name", [name for name in MUST_STAY if name not in OF_OTHERS])
def test_what_must_stay_is_refused_by_name(config, name):
    names = next((pair for pair in PAIRS if name in pair), (name,))
    changed = dataclasses.replace(config, **{one: MUST_STAY[one] for one in names})
    old, new = (
        flag_text(value) or "not given" for value in (getattr(config, name), MUST_STAY[name])
    )
    with pytest.raises(UserError) as caught:
        refuse_changed_flags(changed)
    message = str(caught.value)
    assert f"--{name} was {old}, is {new}" in message
    assert message.count(" was ") == len(names)
    assert f"--init_run={config.run_dir} " in message
    # In another folder, or in one without checkpoints, it is a new run and nobody's business.
    refuse_changed_flags(dataclasses.replace(changed, run_dir=config.run_dir + "_new"))
    place_of(config.checkpoint_dir, 10).rmdir()
    refuse_changed_flags(changed)


def test_all_that_changed_is_named(config):
    changed = dataclasses.replace(config, batch_size=4, ema=0.5, seed=3)
    with pytest.raises(UserError, match="--batch_size was 10, is 4; --ema was 0.0, is 0.5"):
        refuse_changed_flags(changed)


def test_a_run_with_the_former_names_goes_on(config, tmp_path, caplog):
    """As stored: ``flags.cfg`` and ``run.json`` of before the flags got their names of today."""
    encoder = tmp_path / "encoder.h5"
    encoder.write_bytes(b"a")
    config = started(dataclasses.replace(config, encoder=str(encoder)))
    caplog.clear()
    run_dir = Path(config.run_dir)
    for path, name in (("flags.cfg", "--{}="), ("run.json", '"{}":')):
        text = (run_dir / path).read_text()
        for new, old in (("data", "train_data"), ("encoder", "arcface_path")):
            assert name.format(new) in text
            text = text.replace(name.format(new), name.format(old))
        (run_dir / path).write_text(text)
    refuse_changed_flags(config)
    open_run_folder(config, 10, tf.distribute.get_strategy())
    assert not caplog.messages
    assert not (run_dir / "flags_until_10.cfg").exists()
    encoder.write_bytes(b"b")
    with pytest.raises(UserError, match="--encoder was .*encoder.h5 .sha256 "):
        refuse_changed_flags(config)


def test_values_count_and_not_their_spelling(config):
    text = flags_file(config).read_text()
    spelled = text.replace("--learning_rate=0.0001", "--learning_rate=1e-4")
    spelled = spelled.replace("--ifsr_scale=1.2\n", "--ifsr_scale=1.20\n--cycle_weight=1\n")
    assert spelled != text
    flags_file(config).write_text(spelled)
    refuse_changed_flags(config)


def test_a_run_from_before_a_flag_had_its_default(config):
    lines = flags_file(config).read_text().splitlines()
    kept = [line for line in lines if not line.startswith("--ema=")]
    assert len(kept) == len(lines) - 1
    flags_file(config).write_text("\n".join(kept))
    refuse_changed_flags(config)
    with pytest.raises(UserError, match="--ema was 0.0, is 0.5"):
        refuse_changed_flags(dataclasses.replace(config, ema=0.5))


@pytest.mark.parametrize("line", ["--of_a_later_version=1", "--batch_size=many", "--batch_size=0"])
def test_flags_that_cannot_be_read_are_named(config, line):
    flags_file(config).write_text(f"--data=a\n--run_dir=b\n{line}\n")
    with pytest.raises(UserError, match=line.split("=")[0].strip("-")):
        refuse_changed_flags(config)
    flags_file(config).unlink()
    with pytest.raises(UserError, match="not flags.cfg"):
        refuse_changed_flags(config)


@pytest.mark.parametrize("flag", ["encoder", "perceptual_features"])
def test_a_frozen_network_may_move_but_not_change(config, flag, tmp_path):
    paths = [tmp_path / name for name in ("before.h5", "moved.h5", "other.h5")]
    for path, content in zip(paths, (b"a", b"a", b"b"), strict=True):
        path.write_bytes(content)
    before, moved, other = (dataclasses.replace(config, **{flag: str(path)}) for path in paths)
    started(before)
    paths[0].unlink()
    refuse_changed_flags(moved)
    with pytest.raises(UserError, match=f"--{flag} was .*before.h5 .sha256 .*other.h5 .sha256 "):
        refuse_changed_flags(other)
    with pytest.raises(UserError, match=f"--{flag} was .*before.h5 .sha256 .*, is auto"):
        refuse_changed_flags(config)
    # The same path does not make it the same file.
    paths[0].write_bytes(b"c")
    with pytest.raises(UserError, match=f"--{flag} was "):
        refuse_changed_flags(before)
    # Without a record there are only the paths.
    (Path(config.run_dir) / "run.json").unlink()
    refuse_changed_flags(before)
    with pytest.raises(UserError, match=f"--{flag} was "):
        refuse_changed_flags(moved)


def test_a_teacher_may_move_but_not_change(config, tmp_path):
    """It is often given as its run's folder."""
    for name, content in (("before", b"a"), ("moved", b"a"), ("other", b"b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "generator.keras").write_bytes(content)
    before = DistillConfig(
        data=config.data,
        validation_data=str(tmp_path / "others"),
        encoder="untrained_small",
        teacher=str(tmp_path / "before"),
        run_dir=str(tmp_path / "student"),
    )
    started(before)
    for name in ("moved", "before/generator.keras"):
        refuse_changed_flags(dataclasses.replace(before, teacher=str(tmp_path / name)))
    other = dataclasses.replace(before, teacher=str(tmp_path / "other"))
    with pytest.raises(UserError, match="--teacher was .*before .sha256 .*other .sha256 "):
        refuse_changed_flags(other)
    (tmp_path / "before" / "generator.keras").write_bytes(b"c")
    with pytest.raises(UserError, match="--teacher was "):
        refuse_changed_flags(before)


def test_other_data_is_warned_of(config, caplog, tmp_path):
    refuse_changed_flags(config)
    assert not caplog.messages
    config = dataclasses.replace(config, resume=True)
    both = f"{config.data},{tmp_path / 'others'}"
    refuse_changed_flags(dataclasses.replace(config, data=both))
    assert "--data holds other shards" in caplog.text
    caplog.clear()
    refuse_changed_flags(dataclasses.replace(config, data=str(tmp_path / "others")))
    assert "--data holds other shards" in caplog.text
