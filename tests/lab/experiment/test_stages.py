"""The tasks of a whole lab. Long, since rules for every command are read from all of them."""

import dataclasses
import importlib
import itertools
import re
from pathlib import Path

import pytest

from facedancer.lab.experiment.budget import budget
from facedancer.lab.experiment.data_tasks import PARTS
from facedancer.lab.experiment.experiments import BY_DEFAULT, SWAPPERS
from facedancer.lab.experiment.scale import FULL, QUICK
from facedancer.lab.experiment.seeds import seeded, swapper_of
from facedancer.lab.experiment.stages import lab_tasks
from facedancer.lab.experiment.swappers import (
    CONFIGURATIONS,
    LONGER,
    MARGINS_FROM,
    REFERENCES,
    STUDENT,
)
from facedancer.lab.experiment.tasks import ROOT
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.flags.fields import names_of_flags, parse_flags
from facedancer.utils.flags.files import expand_flagfiles


def settings_of(script):
    """Tells what a script gives to `cli.run`, after its main."""
    text = (ROOT / script).read_text()
    name = re.search(r"^    run\(main, (\w+)", text, re.MULTILINE)[1]
    module = script.removesuffix(".py").replace("/", ".")
    return getattr(importlib.import_module(f"facedancer.{module}"), name)


def tasks_of(scale=FULL, swappers=BY_DEFAULT, networks=None):
    folder = Path("lab_out")
    tasks = lab_tasks(folder, folder / "results", scale, swappers, 3, networks)
    return {task.name: task for task in tasks}


@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_every_task_comes_after_what_it_needs(scale):
    tasks = tasks_of(scale)
    names = list(tasks)
    for number, task in enumerate(tasks.values()):
        assert {before.name for before in task.needs} <= set(names[:number])
    assert len({task.product for task in tasks.values()}) == len(tasks)
    trained = set(BY_DEFAULT) - scale.left_out
    assert {f"evaluate_{name}" for name in (*REFERENCES, *trained)} < set(names)


@pytest.mark.parametrize("networks", [None, Path("model_zoo/lab")])
@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_the_commands_exist_and_know_their_flags(scale, networks):
    for task in tasks_of(scale, networks=networks).values():
        script, *given = task.command
        assert 'if __name__ == "__main__":' in (ROOT / script).read_text()
        known = names_of_flags(settings_of(script))
        made = [f"--flagfile={before.product}" for before in task.needs]
        for flag in expand_flagfiles([flag for flag in given if flag not in made], ROOT):
            name = flag.removeprefix("--").removeprefix("no").partition("=")[0]
            assert name in known, (script, name)


# Flags that say where a command writes.
WRITTEN = {"output", "run_dir", "results_dir", "lab_dir"}


@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_what_a_command_reads_is_made_by_what_it_needs(scale):
    folders, files = {}, {}  # By task: what it and all before it make.
    for name, task in tasks_of(scale, SWAPPERS).items():
        made = set().union(*(folders[before.name] for before in task.needs))
        products = set().union(*(files[before.name] for before in task.needs))
        for flag, _, text in (one.removeprefix("--").partition("=") for one in task.command[1:]):
            for path in map(Path, text.split(",")):
                if path.parts[:1] == ("lab_out",) and flag not in WRITTEN:
                    is_made = made & {path, *path.parents} or path in products
                    assert is_made, (name, flag, str(path))
        folders[name] = made | ({task.place} if task.place else set())
        files[name] = products | {task.product, task.product.parent}


def settings_of_training(task, *products):
    """The settings of a training, without the flagfiles that other tasks make."""
    made = {f"--flagfile={one.product}" for one in products}
    command = [flag for flag in task.command[1:] if flag not in made]
    return parse_flags(TrainConfig, expand_flagfiles(command, ROOT))[0]


@pytest.mark.parametrize(
    ("scale", "name"),
    [
        (scale, name)
        for scale in (FULL, QUICK)
        for name in CONFIGURATIONS
        if name not in scale.left_out
    ],
)
def test_a_configuration_is_the_paper_s(scale, name):
    tasks = tasks_of(scale)
    made = f"--flagfile={tasks['margins'].product}"
    settings = settings_of_training(tasks[name], tasks["margins"])
    paper = ROOT / "flags" / (f"{name}.cfg" if len(name) > 1 else f"config_{name}.cfg")
    lines = expand_flagfiles([f"--flagfile={paper}"])
    assert f"--up_types={','.join(settings.up_types)}" in lines
    assert settings.loss_profile == "paper"
    assert settings.batch_size == 10
    assert settings.image_size == 64
    assert (settings.mapping_depth == 0) == (name == "e")
    assert (settings.ifsr_weight == 0) == (name == MARGINS_FROM)
    assert (made in tasks[name].command) == (name != MARGINS_FROM)
    assert settings.seed == 3
    assert settings.resume
    assert tasks[name].product.name == f"step_{settings.total_steps:07d}"
    assert (settings.total_steps == 20) == (scale is QUICK)


def test_margins_come_first_and_a_always():
    tasks = tasks_of(swappers=["c"])
    assert [n for n in tasks if n in CONFIGURATIONS] == [MARGINS_FROM, "c"]
    assert tasks["margins"] in tasks["c"].needs
    assert tasks[MARGINS_FROM] in tasks["margins"].needs


def test_the_student_learns_from_its_teacher_and_is_judged_alike():
    tasks = tasks_of(swappers=[STUDENT])
    assert [name for name in tasks if swapper_of(name) in BY_DEFAULT] == [
        MARGINS_FROM,
        "c",
        STUDENT,
    ]
    assert tasks["c"] in tasks[STUDENT].needs
    flags = given(tasks[STUDENT])
    assert flags["teacher"] == "lab_out/runs/c"
    teacher, student = given(tasks["evaluate_c"]), given(tasks[f"evaluate_{STUDENT}"])
    assert {name for name in student if student[name] != teacher[name]} == {"swapper", "output"}


def test_the_longer_run_goes_on_from_a_configuration():
    tasks = tasks_of(swappers=[LONGER])
    assert [name for name in tasks if swapper_of(name) in BY_DEFAULT] == [MARGINS_FROM, "c", LONGER]
    assert tasks["c"] in tasks[LONGER].needs
    command = tasks[LONGER].command
    assert "--init_run=lab_out/runs/c" in command
    assert f"--flagfile={tasks['margins'].product}" in command
    assert int(tasks[LONGER].product.name[5:]) > int(tasks["c"].product.name[5:])
    assert LONGER not in tasks_of(QUICK)


def test_the_perfect_swap_is_of_the_pairs_that_all_are_judged_by():
    tasks = tasks_of()
    faces, heads = given(tasks["rendered_swaps"]), given(tasks["rendered_heads"])
    assert (faces["part"], heads["part"]) == ("face", "head")
    assert faces["pair_list"] == heads["pair_list"]
    assert given(tasks["evaluate_head"])["swapper"] == heads["output"]
    rendered, truth = faces, given(tasks["evaluate_truth"])
    assert rendered["pair_list"] == "lab_out/pairs/pairs.json"
    assert truth["swapper"] == rendered["output"]
    for name in ("target", "c"):
        other = given(tasks[f"evaluate_{name}"])
        assert tasks["rendered_swaps"] in tasks[f"evaluate_{name}"].needs
        assert other["truths"] == rendered["output"]
        assert other["pair_list"] == f"{rendered['output']}/pairs.json"
        differs = {flag for flag in other if other[flag] != truth[flag]}
        assert differs == {"swapper", "output"}


def test_fid_is_of_pictures_without_noise_too():
    tasks = tasks_of()
    drawn, clean = tasks["render_test"], tasks["render_test_clean"]
    assert [flag for flag in clean.command if "output" not in flag] == [
        *(flag for flag in drawn.command if "output" not in flag),
        "--clean",
    ]
    answers = given(tasks["rendered_swaps_clean"])
    assert answers["renders"] == "lab_out/renders/test_clean"
    assert given(tasks["pairs_clean"])["targets"] == "lab_out/shards/test_clean"
    assert given(tasks["fid_truth"])["swapper"] == answers["output"]
    for name in ("target", "c", "c_seed1"):
        flags, judged = given(tasks[f"fid_{name}"]), given(tasks[f"evaluate_{name}"])
        assert flags["targets"] == "lab_out/shards/test_clean"
        assert flags["pair_list"] == f"{answers['output']}/pairs.json"
        assert flags["swapper"] == judged["swapper"]
        assert flags["features_encoder"] == "mobilenet_v2" and not judged["features_encoder"]
        assert flags["identity_encoder"] == ""
        assert tasks["shard_test_clean"] in tasks[f"fid_{name}"].needs
    assert given(tasks["fid_sensitivity"])["targets"] == "lab_out/shards/test_clean"
    assert {tasks["fid_c"].name, "fid_sensitivity"} < {one.name for one in tasks["report"].needs}


def given(task):
    """A command's flags by name."""
    return dict(flag.removeprefix("--").split("=") for flag in task.command[1:] if "=" in flag)


def test_networks_that_exist_are_taken_where_those_that_are_trained_would_lie():
    trained, taken = tasks_of(), tasks_of(networks=Path("model_zoo/lab"))
    for name in ("arcface", "cosface", "pose", "expression"):
        assert taken[name].product == trained[name].product == taken[name].end
        # A training that was stopped has left its network too.
        assert trained[name].end.parent.name == "checkpoints"
        assert (ROOT / given(taken[name])["network"]).is_file()
    assert given(taken["evaluate_c"]) == given(trained["evaluate_c"])


def test_a_number_format_is_that_of_every_training():
    scale = dataclasses.replace(QUICK, precision="float32")
    tasks = tasks_of(scale).values()
    trainings = [task for task in tasks if task.command[0].startswith("training/")]
    assert len(trainings) > 8
    assert {given(task)["precision"] for task in trainings} == {"float32"}
    assert not any("precision" in given(task) for task in tasks_of(QUICK).values())


def people_of(tasks):
    """By part the people that are rendered, as ranges of their numbers."""
    renders = {task.place.name: given(task) for task in tasks.values() if task.stage == "render"}
    first = {part: int(flags["first_identity"]) for part, flags in renders.items()}
    return {p: range(first[p], first[p] + int(renders[p]["people"])) for p in renders}


def data_of(tasks, *names):
    """The parts that flags of these names take in any command: role -> parts."""
    found = {}
    for task in tasks.values():
        flags = given(task)
        for name in set(names) & set(flags):
            script = task.command[0].rpartition("/")[2]
            found.setdefault((script, task.stage, name), set()).add(Path(flags[name]).name)
    return found


@pytest.mark.parametrize("networks", [None, Path("model_zoo/lab")])
@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_nobody_serves_for_two_things(scale, networks):
    tasks = tasks_of(scale, networks=networks)
    people = people_of(tasks)
    # The same pictures once more, without a camera's noise.
    assert people.pop("test_clean") == people["test"]
    # And some of these once more, with another's face.
    assert people.pop("train_twins") == people["train"]
    assert set(people) == {"train", "train_judge", "validation", "choice", "test"} == set(PARTS)
    for one, other in itertools.combinations(people.values(), 2):
        assert one.stop <= other.start or other.stop <= one.start
    assert all(len(one) == scale.held_out for part, one in people.items() if "train" not in part)


@pytest.mark.parametrize("networks", [None, Path("model_zoo/lab")])
def test_each_set_of_people_has_one_role(networks):
    roles = data_of(tasks_of(networks=networks), "validation_data", "targets", "data")
    for (script, stage, flag), parts in roles.items():
        if stage in ("crop", "shard"):
            expected = {*PARTS, "test_clean"}
        elif script.startswith("train_regressor") and flag != "validation_data":
            expected = {"train", "train_judge"}  # what teaches the shape, and those that judge
        elif script.startswith("train_encoder") and flag != "validation_data":
            expected = {"train", "train_judge"}  # swappers' own encoder, and the one that judges
        elif stage in ("train_a", "train", "distill", "margins") and flag != "validation_data":
            expected = {"train"}
        elif flag == "validation_data":
            expected = {"validation"}
        else:
            expected = {"choice"} if stage == "choice" else {"test"}
            if stage in ("truth", "evaluate"):
                expected = {"test_clean"} | (set() if script.startswith("fid_") else {"test"})
        assert parts == expected, (script, stage, flag)
    assert {stage for _, stage, _ in roles} >= {
        "train",
        "distill",
        "choice",
        "evaluate",
        "pictures",
    }


def test_all_that_may_ship_are_compared_on_the_people_to_choose_by():
    tasks = tasks_of()
    names = [task.name for task in tasks.values() if task.stage == "choice"]
    assert names == [f"choice_{name}" for name in ("c", "d", LONGER)]
    assert {task for name in names for task in tasks[name].needs} <= set(tasks.values())


def test_code_counts_where_something_is_measured():
    tasks = tasks_of()
    with_code = {task.stage for task in tasks.values() if task.code}
    assert with_code == {"gates", "choice", "evaluate", "pictures", "report"}
    assert tasks["evaluate_c"].code == tasks["evaluate_d"].code != tasks["report"].code


def test_judges_learn_from_other_people_than_what_they_judge():
    tasks = tasks_of()
    learnt = {name: given(tasks[name])["data"] for name in ("arcface", "c", STUDENT)}
    judged = {name: given(tasks[name])["data"] for name in ("cosface", "pose", "expression")}
    assert set(learnt.values()) == {"lab_out/shards/train"}
    assert set(judged.values()) == {"lab_out/shards/train_judge"}
    assert tasks["shard_train_judge"] in tasks["cosface"].needs


def test_gates_ask_the_encoders_about_people_of_the_test():
    tasks = tasks_of()
    gates = given(tasks["gates"])
    assert gates["first_identity"] == "3000000" and gates["seed"] == "3"
    encoders = [f"lab_out/encoders/{name}/encoder.keras" for name in ("arcface", "cosface")]
    assert gates["encoder"].split(",") == [*encoders, "faceres"]
    assert tasks["gates"] in tasks["report"].needs


def test_judges_are_not_the_encoder_that_trained():
    tasks = tasks_of()
    flags = given(tasks["evaluate_c"])
    assert flags["identity_encoder"] != flags["encoder"]
    assert [given(tasks[name])["seed"] for name in ("arcface", "cosface")] == ["4", "5"]


def test_what_the_claims_say_most_of_is_trained_with_several_seeds():
    tasks = tasks_of()
    for name in ("a", "b", "c"):
        runs = [tasks[seeded(name, seed)] for seed in range(FULL.seeds)]
        assert [given(run)["seed"] for run in runs] == ["3", "4", "5"]
        first, *others = (dict(given(run), seed="", run_dir="") for run in runs)
        assert all(one == first for one in others)
        assert {f"evaluate_{run.name}" for run in runs} < set(tasks)
    assert "d_seed1" not in tasks
    # What is only built on is trained once.
    assert [name for name in tasks_of(swappers=["c"]) if swapper_of(name) == "a"] == ["a"]


@pytest.mark.parametrize("mode", ["fixed", "relative", "adaptive"])
@pytest.mark.parametrize("config", ["b", "c"])
def test_a_mode_differs_from_the_road_in_two_stages_by_its_margins_alone(config, mode):
    tasks = tasks_of()
    margins = tasks["margins_labels"]
    assert "--without_swapper" in margins.command and "swapper" not in given(margins)
    assert Path(given(margins)["targets"]).name == "train"
    for seed in range(FULL.seeds):
        run = tasks[seeded(f"{config}_{mode}", seed)]
        assert margins in run.needs and tasks["margins"] not in run.needs
        assert f"--flagfile={margins.product}" in run.command
        mine = settings_of_training(run, margins)
        twostage = settings_of_training(tasks[seeded(config, seed)], tasks["margins"])
        assert mine.ifsr_margins_mode == mode
        same = dataclasses.replace(
            mine, ifsr_margins_mode=twostage.ifsr_margins_mode, run_dir=twostage.run_dir
        )
        assert same == twostage
    assert f"evaluate_{config}_{mode}_seed2" in tasks and f"fid_{config}_{mode}" not in tasks
    assert f"{config}_{mode}" not in given(tasks["swap_matrix"])["generators"]


def test_three_ways_to_the_face_s_shape_differ_from_c_by_what_they_say():
    tasks = tasks_of()
    settings = {
        name: settings_of_training(tasks[name], tasks["margins"])
        for name in ("c", "c_twins", "c_twins_affa", "c_shape")
    }
    differ = {
        name: {
            field.name
            for field in dataclasses.fields(one)
            if getattr(one, field.name) != getattr(settings["c"], field.name)
        }
        for name, one in settings.items()
    }
    twins = {"run_dir", "truth_share", "truth_weight"}
    assert differ["c_twins"] == twins
    assert differ["c_twins_affa"] == twins | {"up_types"}
    assert settings["c_twins_affa"].up_types[-1] == "affa"
    assert differ["c_shape"] == {"run_dir", "shape_weight", "shape_regressor"}
    assert tasks["shape"] in tasks["c_shape"].needs
    assert settings["c_shape"].shape_regressor == str(tasks["shape"].product)
    answers = given(tasks["answers"])
    assert answers["generators"].split(",") == [f"lab_out/runs/{name}" for name in settings]
    assert answers["truths"] == "lab_out/rendered_swaps"
    assert tasks["answers"] in tasks["report"].needs


def test_swappers_people_have_twins_and_nobody_else_has():
    tasks = tasks_of()
    twins, drawn = tasks["render_train_twins"], tasks["render_train"]
    assert twins.command == (*drawn.command, f"--twin_share={FULL.twins}")
    assert drawn in twins.needs and twins in tasks["shard_train"].needs
    assert given(tasks["shard_train"])["twin_photographs"] == str(twins.place)
    assert not [
        name
        for name in tasks
        if "twins" in name and name.startswith("render_") and twins.name != name
    ]


def test_every_swapper_s_gaze_is_judged_and_a_network_for_real_faces_judges_beside():
    tasks = tasks_of()
    assert given(tasks["gaze"])["data"] == "lab_out/shards/train_judge"
    assert given(tasks["shape"])["data"] == "lab_out/shards/train"
    for name in ("target", "truth", "a", "c_adaptive_seed1", "c_shape", STUDENT):
        flags = given(tasks[f"evaluate_{name}"])
        assert flags["gaze_encoder"] == str(tasks["gaze"].product)
        assert flags["judges"] == "faceres"
        assert tasks["gaze"] in tasks[f"evaluate_{name}"].needs


def test_what_a_folder_of_networks_lacks_is_trained(tmp_path):
    (tmp_path / "pose.keras").touch()
    (tmp_path / "arcface.keras").touch()
    tasks = tasks_of(networks=tmp_path)
    assert tasks["arcface"].command[0] == tasks["pose"].command[0] == "lab/take_network.py"
    assert tasks["cosface"].command[0] == "training/train_encoder.py"
    assert tasks["gaze"].command[0] == tasks["shape"].command[0] == "training/train_regressor.py"
    # A folder without the encoder that all else rests on is a mistake, which the command tells.
    (tmp_path / "arcface.keras").unlink()
    assert tasks_of(networks=tmp_path)["arcface"].command[0] == "lab/take_network.py"


def test_the_budget_counts_steps_of_a_run_that_goes_on_once():
    tasks = tasks_of()
    both = budget([tasks["c"], tasks[LONGER], tasks["gates"]])
    steps = int(tasks[LONGER].product.name[5:])
    assert both == f"# generators: 2 trainings, {steps:,} steps\n# other commands: 1"
