"""The trainings beyond the ablation: what each is given, and that none is done unasked."""

import dataclasses
import itertools

import pytest

from facedancer.lab.experiment.experiments import BY_DEFAULT, SWAPPERS
from facedancer.lab.experiment.further_runs import (
    COMPARED,
    FURTHER,
    MARGIN_RUNS,
    STUDENTS,
    trained_as,
)
from facedancer.lab.experiment.scale import FULL, QUICK
from facedancer.lab.experiment.seeds import seeded
from facedancer.lab.experiment.tasks import ROOT, value_of
from facedancer.lab.rivals.settings import RivalConfig
from facedancer.training.settings.distill import DistillConfig
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.flags.files import expand_flagfiles

from .test_stages import given, settings_of, tasks_of

CONFIGS = {
    "training/train.py": TrainConfig,
    "lab/train_rival.py": RivalConfig,
    "training/distill.py": DistillConfig,
}
# What a rival's training may differ in from C's: its generator, its losses, where it lies.
OWN = {"rival", "run_dir", "ifsr_margins", "shape_regressor"}


def config_of(task):
    made = [f"--flagfile={before.product}" for before in task.needs]
    flags = [flag for flag in task.command[1:] if flag not in made]
    return parse_flags(CONFIGS[task.command[0]], expand_flagfiles(flags, ROOT))[0]


@pytest.fixture(scope="module")
def tasks():
    return tasks_of(swappers=FURTHER)


def test_the_lab_stays_as_it_is_unless_they_are_asked_for():
    without = tasks_of()
    assert not set(FURTHER) & set(without)
    assert not [name for name in without if "rival" in name]
    both = tasks_of(swappers=(*BY_DEFAULT, *FURTHER))
    # What was made before counts as made: the tasks are the same, but for the report.
    for name, task in without.items():
        needs = [[before.name for before in one.needs] for one in (both[name], task)]
        assert both[name].command == task.command
        assert (needs[0] == needs[1]) == (name != "report")


@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_all_come_after_what_they_need_and_are_evaluated(scale):
    made = tasks_of(scale, FURTHER)
    names = list(made)
    for number, task in enumerate(made.values()):
        assert {before.name for before in task.needs} <= set(names[:number]), task.name
    assert len({task.product for task in made.values()}) == len(made)
    runs = set(map(trained_as, FURTHER))
    assert {f"evaluate_{name}" for name in runs} < set(names)
    assert {f"fid_{name}" for name in runs} < set(names)
    needed = {before.name for before in made["report"].needs}
    assert {f"evaluate_{name}" for name in runs} | {"margins_labels"} < needed


@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_nothing_is_trained_twice(scale):
    trainings = {}
    for task in tasks_of(scale, SWAPPERS).values():
        if task.command[0] in CONFIGS:
            made = tuple(before.name for before in task.needs if before.stage == "margins")
            settings = dataclasses.replace(config_of(task), run_dir="one")
            trainings.setdefault((made, repr(settings)), []).append(task.name)
    assert [names for names in trainings.values() if len(names) > 1] == []


def test_margins_without_a_swapper_are_trained_with_once():
    alone = tasks_of(swappers=("c_labels",))
    assert trained_as("c_labels") == "c_fixed" and "c_labels" not in alone
    assert alone["c_fixed"].needs[-1] == alone["margins_labels"]
    # One seed serves; where the other experiment wants more, FID is measured of all.
    assert "c_fixed_seed1" not in alone and "fid_c_fixed" in alone
    both = tasks_of(swappers=("c_labels", "c_fixed"))
    assert {"fid_c_fixed", "fid_c_fixed_seed2"} < set(both)
    assert both["c_fixed"].command == alone["c_fixed"].command
    assert "c_fixed" not in given(alone["swap_matrix"])["generators"]


def test_rivals_are_trained_as_c_is(tasks):
    c = config_of(tasks["c"])
    for name in COMPARED:
        rival = config_of(tasks[name])
        differ = {
            key
            for key, value in vars(c).items()
            if key in vars(rival) and vars(rival)[key] != value and not key.endswith("_weight")
        }
        assert differ <= OWN, name
        assert rival.ifsr_weight == 0 and rival.adversarial_weight == c.adversarial_weight


def test_seeds_are_others_and_nothing_else(tasks):
    runs = [given(tasks[seeded("sim_swap", seed)]) for seed in range(FULL.seeds)]
    assert [int(one["seed"]) for one in runs] == [3, 4, 5]
    for one, other in itertools.pairwise(runs):
        assert {key for key in one if one[key] != other[key]} == {"seed", "run_dir"}
    # C's are the ablation's.
    assert "c_seed2" in tasks_of(swappers=("c", "sim_swap"))


def test_margins_come_from_a_faceshifter_and_from_nobody(tasks):
    margins = {name: tasks[f"margins_{name}"] for name in ("face_shifter", "labels")}
    assert given(margins["face_shifter"])["swapper"] == "lab_out/runs/face_shifter"
    assert "--without_swapper" in margins["labels"].command
    for name, task in margins.items():
        run = tasks[trained_as(f"c_{name}")]
        assert task in run.needs and f"--flagfile={task.product}" in run.command
        assert f"--flagfile={tasks['margins'].product}" not in run.command
        assert config_of(run).seed == config_of(tasks["c"]).seed
    assert set(MARGIN_RUNS) == {"c_face_shifter", "c_labels"}


def test_students_differ_in_the_signal_alone(tasks):
    for size in ("quarter", "tenth"):
        output, ifsr = (config_of(tasks[f"{size}_{name}"]) for name in ("output", "ifsr"))
        differ = {key for key, value in vars(output).items() if vars(ifsr)[key] != value}
        assert differ == {"run_dir", "feature_weight"}
        assert (output.feature_weight, ifsr.feature_weight) == (0, 1)
        assert output.teacher == "lab_out/runs/c"
    assert len(STUDENTS) == 4


def test_who_is_given_labels_swaps_apart(tasks):
    run = tasks["hifi_face"]
    assert tasks["shape"] in run.needs
    assert given(run)["shape_regressor"] == "lab_out/encoders/shape/regressor.keras"
    drawn, blank = tasks["swaps_hifi_face"], tasks["swaps_hifi_face_clean"]
    assert given(drawn)["pair_list"] == given(tasks["evaluate_c"])["pair_list"]
    assert given(tasks["evaluate_hifi_face"])["swapper"] == given(drawn)["output"]
    assert given(blank)["targets"] == given(tasks["fid_c"])["targets"]
    assert given(blank)["pair_list"] == given(tasks["fid_c"])["pair_list"]
    assert given(tasks["fid_hifi_face"])["swapper"] == given(blank)["output"]


def test_flags_of_every_command_are_taken(tasks):
    by_default, scripts = tasks_of(), set()
    for name in set(tasks) - set(by_default) | {"c_fixed", "margins_labels"}:
        script, *flags = tasks[name].command
        made = [f"--flagfile={before.product}" for before in tasks[name].needs]
        wanted = expand_flagfiles([flag for flag in flags if flag not in made], ROOT)
        parse_flags(settings_of(script), wanted)
        scripts.add(script)
    assert set(CONFIGS) | {"lab/swap_rival.py", "lab/swap_matrix.py"} < scripts
    assert value_of("rival", ["--flagfile=flags/lab/rivals/sim_swap.cfg"]) == "sim_swap"


def test_the_picture_shows_each_network_once(tasks):
    generators = given(tasks["swap_matrix_rivals"])["generators"].split(",")
    names = [one.rpartition("/")[2] for one in generators]
    assert names == ["c", "face_shifter", "sim_swap", "hifi_face"]
