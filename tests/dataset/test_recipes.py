"""docs/data.md: its commands exist, and each recipe's, as they stand there, run on a tiny copy.

In the ordinary tests the scripts' own ``main`` is called in this process; in the long ones the
commands are run as a reader would.
"""

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops.listing import read_crop_list
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.utils.flags.fields import parse_flags
from facedancer.utils.images import read_image, write_image

from ..house.scripts import SCRIPTS, flags_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "data.md").read_text()
PHOTOS = [read_image(path) for path in sorted((ROOT / "assets" / "photos").glob("*/*.[jp]*g"))]
# A script's run, in a block of shell or in the text.
COMMAND = re.compile(r"python ([\w/]+\.py)((?: +--[^\s`|]+)*)")


@pytest.mark.parametrize(("script", "arguments"), sorted(set(COMMAND.findall(TEXT))))
def test_commands_name_scripts_and_flags_that_exist(script, arguments):
    given = {re.match(r"--(\w+)", argument)[1] for argument in arguments.split()}
    assert given <= flags_of(script)


def test_flags_in_the_text_exist():
    scripts = [script for script in SCRIPTS if script.startswith("dataset/")]
    known = {"flagfile"}.union(*map(flags_of, [*scripts, "training/train.py"]))
    told = set(re.findall(r"`--(\w+)", TEXT)) - {"help"}
    assert len(told) > 20
    assert told <= known


def lit(number, person=None, side=None):
    """One of four people, two of them the mirror images of the others, in a light of its own."""
    person = number % 2 if person is None else person
    image = PHOTOS[person % 2][:, :: -1 if person > 1 else 1]
    image = image[:300] if side is None else image[: min(image.shape[:2]), : min(image.shape[:2])]
    image = cv2.convertScaleAbs(image, alpha=0.6 + 0.08 * number)
    return image if side is None else cv2.resize(image, (side, side))


def vggface2(folder):
    for number in range(6):
        person = number % 3
        path = folder / f"VGGFACE2/train/n{person:06d}/{number:04d}_01.jpg"
        write_image(path, lit(number, person))


def ls3d_w(folder):
    parts = ["AFLW2000-3D-Reannotated", "300VW-3D/CatA/114", "Menpo-3D"]
    for number, part in enumerate(parts):
        write_image(folder / "LS3D_W" / part / "0001.jpg", lit(number, side=450))
        (folder / "LS3D_W" / part / "0001.t7").write_bytes(b"landmarks")


def celeba_hq(folder):
    for number in range(2):
        inner = folder / "CELEBAMASK_HQ"
        write_image(inner / "CelebA-HQ-img" / f"{number}.jpg", lit(number, side=512))
        mask = np.full((64, 64, 3), 255, np.uint8)
        write_image(inner / "CelebAMask-HQ-mask-anno/0" / f"{number:05d}_skin.png", mask)


def ffhq(folder):
    for number in (0, 1001):
        name = f"{number // 1000 * 1000:05d}/{number:05d}.png"
        write_image(folder / "FFHQ/images1024x1024" / name, lit(number % 10, side=512))


def ffpp(folder):
    for film in range(2):
        for frame in range(2):
            inner = folder / "FFPP/original_sequences/youtube/c23/images"
            write_image(inner / f"{film:03d}" / f"{frame:04d}.png", lit(film + 2 * frame))


def aflw2000(folder):
    for number in (2, 4, 5):
        write_image(folder / "AFLW2000" / f"image{number:05d}.jpg", lit(number, side=450))
        (folder / "AFLW2000" / f"image{number:05d}.mat").write_bytes(b"landmarks")


# The recipe's heading -> what makes its layout, photographs, names, and crops that are copies of
# another but for the light.
RECIPES = {
    "VGGFace2": (vggface2, 6, {"n000000", "n000001", "n000002"}, 3),
    "LS3D-W": (ls3d_w, 3, set(), 1),
    "CelebA-HQ": (celeba_hq, 2, set(), 0),
    "FFHQ": (ffhq, 2, set(), 0),
    "FaceForensics++": (ffpp, 4, {"000", "001"}, 2),
    "AFLW2000-3D": (aflw2000, 3, set(), 0),
}


def commands_of(recipe):
    """The recipe's commands in order, as lists of words."""
    section = TEXT.partition(f"\n### {recipe}\n")[2].partition("\n### ")[0]
    blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("python ")]


def placed(words, folder):
    """Arguments with a reader's folders in the place of the words in capitals."""
    return [re.sub(r"=([A-Z][A-Z0-9_]+)\b", rf"={folder}/\1", word) for word in words]


def run_in_process(script, arguments):
    """Runs a script without a process of its own."""
    module = importlib.import_module(f"facedancer.dataset.{script.stem}")
    settings, _ = parse_flags(module.Settings, arguments)
    module.main(settings)


def run_as_command(script, arguments):
    done = subprocess.run(
        [sys.executable, str(script), *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe(recipe, tmp_path):
    try_recipe(recipe, tmp_path, run_in_process)


@pytest.mark.long
@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe_as_commands(recipe, tmp_path):
    try_recipe(recipe, tmp_path, run_as_command)


def try_recipe(recipe, folder, run):
    make, photographs, names, copies = RECIPES[recipe]
    make(folder)
    commands = commands_of(recipe)
    assert [words[1].rpartition("/")[2] for words in commands][0] == "crop_align.py"
    for _, script, *arguments in commands:
        # No ArcFace weights ship; tests/dataset/cleaning/test_identity_outliers.py has that step.
        if not script.endswith("clean_identities.py"):
            run(ROOT / script, placed(arguments, folder))
    crops = read_crop_list(folder / "CROPS")
    assert len(crops) == photographs - copies
    assert {crop.identity for crop in crops.values()} - {""} == names

    split = any("--validation_share" in word for words in commands for word in words)
    parts = ("train", "validation", "test") if split else ("",)
    shards = [folder / "SHARDS" / part for part in parts]
    indexes = [read_index(path) for path in shards]
    assert sum(index.count for index in indexes) == len(crops)
    stored = [set(read_catalogue(*pair).identities) for pair in zip(shards, indexes, strict=True)]
    assert set.union(*stored) == names
    assert sum(map(len, stored)) == len(names), "a person is in two sets"


def test_every_recipe_is_tried():
    headings = re.findall(r"^### (.+)$", TEXT.partition("## Recipes")[2], re.MULTILINE)
    assert headings == [*RECIPES, "Your own photographs"]
