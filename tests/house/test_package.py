"""The wheel: it holds what a swap needs, and swaps where the repository is not."""

import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from facedancer.utils.images import read_image

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "assets" / "photos"
MOST_BYTES = 60e6
# Weights by name; of each, what the README beside it says is checked.
WEIGHTS = (
    "dlib/centre.npz",
    "dlib/encoder.keras",
    "face_landmark.tflite",
    "faceres.keras",
    "mini_xception.keras",
    "mobilenet_v2_features.npz",
    "retinaface_mobilenet.weights.h5",
    *(f"lab/{name}.keras" for name in ("arcface", "cosface", "expression", "generator", "pose")),
    "photographs/generator.keras",
    "texture/face_mask.keras",
    "texture/face_shape.npz",
    "texture/lips.keras",
)


def tracked():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def build(kind, source, target):
    """One of setuptools' two builds, without the network, in a process of its own."""
    code = f"import setuptools.build_meta as b; print(b.build_{kind}({str(target)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the source distribution, as indexes and builders do."""
    folder = tmp_path_factory.mktemp("package")
    for name in tracked():
        if name.parts[0] != "tests":
            copy = folder / "source" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    with tarfile.open(build("sdist", folder / "source", folder)) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return build("wheel", unpacked, folder)


@pytest.fixture(scope="module")
def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(contents):
    (name,) = (name for name in contents if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(contents[name])


def test_every_module_and_flagfile_is_in_it(contents):
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"facedancer"}
    wanted = {name for name in tracked() if name.parts[0] in rooms and name.suffix == ".py"}
    wanted |= {name for name in tracked() if name.parts[0] == "flags"}
    assert len(wanted) > 300
    assert {f"facedancer/{name.as_posix()}" for name in wanted} <= set(contents)
    assert "facedancer/__init__.py" in contents
    assert not [name for name in contents if "tests/" in name or "lab/results" in name]


def test_weights_are_in_it_as_their_readme_lists_them(contents, wheel):
    assert wheel.stat().st_size < MOST_BYTES
    folders = ("", "lab/", "photographs/")
    readmes = [contents[f"facedancer/model_zoo/{part}README.md"].decode() for part in folders]
    for name in WEIGHTS:
        digest = hashlib.sha256(contents[f"facedancer/model_zoo/{name}"]).hexdigest()
        assert digest in " ".join(readmes), name
    held = {name for name in contents if name.endswith((".keras", ".h5", ".npz", ".tflite"))}
    assert held == {f"facedancer/model_zoo/{name}" for name in WEIGHTS} | {
        f"facedancer/lab/assets/{name}.npz" for name in ("environments", "heads")
    }


def test_licences_are_in_it(contents, metadata):
    texts = {path.name for path in (ROOT / "model_zoo" / "licences").iterdir()}
    assert len(texts) == 6
    held = {Path(name).name for name in contents if ".dist-info/" in name}
    assert texts | {"LICENSE", "LICENCE.md", "LICENCE_environments.txt"} <= held
    assert len(metadata.get_all("License-File")) == len(texts) + 3


def test_the_metadata_is_whole(metadata):
    assert metadata["Name"] == "facedancer-tf"
    assert metadata["Author"] and metadata["Keywords"] and metadata["Summary"]
    assert len(metadata.get_all("Project-URL")) >= 2
    assert len(metadata.get_all("Classifier")) > 10
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_links_of_the_description_are_absolute(metadata):
    text = metadata.get_payload()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links and all(link.startswith("https://") for link in links)
    assert "<img" not in text and "another project" in " ".join(text.split())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of an environment that has the wheel and our dependencies, not the repository.

    A ``.pth`` file names folders, and is not read in folders that another one names: an editable
    installation of this repository stays out.
    """
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(others))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--quiet", str(wheel)], check=True, capture_output=True)
    return python


def write_clip(path):
    photograph = cv2.resize(read_image(PHOTOS / "grace_hopper" / "grace_hopper.jpg"), (160, 192))
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 160, 192, "yuv420p"
        for _ in range(3):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(photograph, format="rgb24")))
        output.mux(stream.encode())


def snippets(path):
    return re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(), re.S)


def test_readme_and_description_show_the_same():
    (in_readme,), (in_package,) = snippets("README.md"), snippets("docs/package.md")
    plain = [re.sub(r" +#.*", "", text) for text in (in_readme, in_package)]
    assert plain[0] == plain[1]


def test_what_the_docs_show_swaps_there(installed, tmp_path):
    """The Python part of README and description, word by word, and that it is silent."""
    scene, person = tmp_path / "scene.jpg", tmp_path / "person.jpg"
    cv2.imwrite(str(scene), cv2.imread(str(PHOTOS / "eileen_collins" / "astronaut.png")))
    person.write_bytes((PHOTOS / "grace_hopper" / "grace_hopper.jpg").read_bytes())
    write_clip(tmp_path / "clip.mp4")
    (code,) = snippets("docs/package.md")
    code += "\nimport facedancer\nprint(facedancer.__file__, result)"
    done = subprocess.run([installed, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert str(installed.parents[1]) in done.stdout
    assert "<SwapResult: 512x512 px, 1 of 1 faces swapped>" in done.stdout
    swapped = read_image(tmp_path / "swapped.png")
    assert np.abs(swapped.astype(int) - read_image(scene)).max() > 50
    assert (tmp_path / "swapped.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("module", "arguments", "status", "words"),
    [
        ("model_zoo.download", [], 0, "config_c_hq"),
        ("inference.verify", ["none.jpg"], 2, "error: no such file: none.jpg\n"),
        # The flagfile that ships is found: what is missing is the rest.
        ("training.plot_run", ["--flagfile=flags/none.cfg"], 2, "error: no such flagfile"),
        ("lab.run_lab", ["--flagfile=flags/lab/quick.cfg", "x"], 2, "error: Unknown command line"),
    ],
)
def test_scripts_are_modules_there(installed, tmp_path, module, arguments, status, words):
    command = [installed, "-m", f"facedancer.{module}", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == status
    assert words in done.stdout + done.stderr
    assert status or done.stderr == ""


def test_the_command_is_there(installed, tmp_path):
    command = [installed.with_name("facedancer"), "download"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "config_c_hq" in done.stdout


@pytest.mark.long
def test_an_empty_environment_that_installs_from_the_index_swaps(wheel, tmp_path):
    """With the dependencies that the metadata names, at the versions of today. Some 2 GB."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    python = tmp_path / "new" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    command = [python, "-m", "facedancer.inference.swap", PHOTOS / "eileen_collins/astronaut.png"]
    command += [f"--source={PHOTOS / 'grace_hopper/grace_hopper.jpg'}", "--output=out.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{tmp_path}/new/" in done.stdout, "the networks are the package's"
    assert "swapped: 1" in done.stdout and (tmp_path / "out.png").exists()
