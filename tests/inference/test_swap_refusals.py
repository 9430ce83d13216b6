"""Wrong flags of the three swap commands: one line, before TensorFlow is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
COLLINS = str(PHOTOS / "eileen_collins" / "astronaut.png")
HOPPER = str(PHOTOS / "grace_hopper" / "grace_hopper.jpg")

# All cases of a script in one process.
DRIVER = """
import contextlib, io, json, sys

from facedancer.inference import SCRIPT as script
from facedancer.inference import swap_run
from facedancer.utils.cli import run


def load(given):
    assert "tensorflow" not in sys.modules
    raise AssertionError("the networks' turn")


swap_run.load_swapper = load
answers = []
for arguments in json.load(sys.stdin):
    sys.argv = ["script", *arguments]
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stderr(said):
        try:
            run(script.main, script.Settings, POSITIONAL, script._ELSEWHERE)
        except SystemExit as end:
            answers.append([end.code, said.buffer.getvalue().decode()])
        except AssertionError as error:
            answers.append([str(error), said.buffer.getvalue().decode()])
print(json.dumps(answers))
"""
NETWORKS = ["--generator=a.keras", "--arcface_path=b.h5"]
CHOICES = [
    (["--mask=oval"], "no such mask: oval; use one of "),
    (["--super_resolution=none.onnx"], "no such ONNX file: none.onnx"),
    (["--crf=99"], "crf must be 0 (best) to 51, not 99"),
    (["--reference=none.jpg"], "no such image file: none.jpg"),
    (["--c2pa_cert=none.pem", "--c2pa_key=none.key"], "cannot read none.pem"),
    (["--strength=2"], "--strength must be at most 1.5, not 2.0"),
    (["--keep=ear"], "keep=ear: use some of mouth, lips"),
    (["--mask_padding=1,2"], "mask_padding must be four numbers"),
    (["--seed=-1"], "--seed must be at least 0, not -1"),
    (["--blend=hard"], "flag --blend=hard: value should be one of"),
    (["--min_score=2"], "--min_score must be at most 1, not 2.0"),
    (["--maks=box"], "Unknown command line flag 'maks'. Did you mean: mask"),
]


def answers_of(script, cases, folder):
    code = DRIVER.replace("SCRIPT", script).replace(
        "POSITIONAL", repr("FILES..." if script == "swap" else "")
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([arguments for arguments, _ in cases]),
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check(script, base, cases, folder):
    """Each case is refused by its words; without any, the networks' turn would come."""
    (folder / "file").touch()
    (folder / "bad.identity").touch()
    (folder / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")
    cases = [([*base, *extra], words) for extra, words in [*CHOICES, *cases]]
    *answers, accepted = answers_of(script, [*cases, (base, "")], folder)
    for (arguments, words), (code, said) in zip(cases, answers, strict=True):
        assert code == 2, (arguments, code, said)
        assert said.startswith("error: ") and said.count("\n") == 1, (arguments, said)
        assert words in said, (arguments, said)
    assert accepted[0] == "the networks' turn", accepted


def test_swap(tmp_path):
    base = [HOPPER, f"--source={COLLINS}", *NETWORKS, "--output=out.png"]
    cases = [
        (["none.jpg"], "no such file or folder: none.jpg"),
        (["--track=1"], "--track works only in videos"),
        (["--source=bad.identity"], "bad.identity is not a saved identity"),
        (["--source=nobody,a.jpg"], "no such image file: nobody"),
        (["--source=none.jpg"], "no such image file: none.jpg"),
        (["--source="], "give --source"),
        (["--mapping=who.json"], "give --source, photographs of a person, or --mapping"),
        (["--source=", "--mapping=none.json"], "cannot read none.json"),
        (["--output=out.mp4"], "cannot write the picture"),
        (["--output=file/out.png"], "cannot write file/out.png: file is a file"),
        ([f"--output={HOPPER}"], "is one of the inputs"),
        (["--swap_source=x.jpg"], "--swap_source=x.jpg are the same flag: give only --source"),
        (["--facedancer_path=b.keras"], "are the same flag: give only --generator"),
        (["--img_path=x.jpg"], "there is no --img_path here: give the file's name alone"),
    ]
    check("swap", base, cases, tmp_path)


def test_swap_image(tmp_path):
    base = [f"--img_path={HOPPER}", f"--swap_source={COLLINS}", *NETWORKS]
    cases = [
        (["--swap_source=none.jpg"], "no such image file: none.jpg"),
        (["--img_path=none.jpg"], "no such file or folder: none.jpg"),
        (["--img_output=file/out.png"], "cannot write file/out.png: file is a file"),
        (["--source=x.jpg"], "--source=x.jpg are the same flag: give only --source"),
        (["--swap_source="], "missing --source: see --help"),
        (["--mapping=x.json"], "there is no --mapping here: give inference/swap.py"),
        (["stray"], "unexpected argument 'stray'"),
    ]
    check("swap_image", [*base, "--compare", "--which=largest"], cases, tmp_path)


def test_swap_video(tmp_path):
    base = ["--vid_path=clip.mp4", f"--swap_source={COLLINS}", *NETWORKS]
    cases = [
        (["--compare"], "--compare works only for still pictures, and clip.mp4 is not one"),
        (["--track=1"], "track numbers already choose who is swapped"),
        (["--which=all", "--track=1", f"--reference={HOPPER}"], "track numbers already choose"),
        (["--which=all", "--track=a"], "--track must be numbers"),
        (["--start=soon"], "--start=soon is not a time"),
        (["--start=9", "--end=8"], "--end=8 must come after --start=9"),
        (["--fps=0"], "fps must be above 0"),
        (["--scale=100"], "--scale must be at most 8"),
        ([f"--vid_path={HOPPER}", "--vid_output=x.png"], "use inference/swap_image.py"),
        (["--vid_output=out.png"], "cannot write the video clip.mp4 as out.png"),
        (["--img_output=x.png"], "there is no --img_output here: give --output"),
    ]
    check("swap_video", [*base, "--which=largest", "--min_face=20"], cases, tmp_path)


@pytest.mark.parametrize("missing", ["generator", "encoder", "detector"])
def test_a_missing_network_is_named_before_one_is_loaded(tmp_path, monkeypatch, missing):
    from facedancer.inference.face_networks import FaceNetworks
    from facedancer.utils.errors import UserError

    monkeypatch.setattr("facedancer.inference.face_networks.load_generator", None)
    zoo = PHOTOS.parents[1] / "model_zoo" / "lab"
    paths = {"generator": zoo / "generator.keras", "encoder": zoo / "arcface.keras"}
    with pytest.raises(UserError, match=r"no such .*none\.h5"):
        FaceNetworks.load(**paths | {missing: tmp_path / "none.h5"})
