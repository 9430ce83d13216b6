"""The command that reads marks back."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from facedancer.inference import verify
from facedancer.inference.marking.content_credentials import Manifest
from facedancer.inference.marking.findings import Findings
from facedancer.inference.marking.marker import Marker, Marking
from facedancer.inference.marking.watermark import Reading

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "assets" / "photos" / "eileen_collins" / "astronaut.png"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A marked file, a plain one, and the ways of being none."""
    folder = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        marker = Marker(Marking(tag=7))
    with Image.open(PHOTO) as image:
        photo = np.asarray(image.convert("RGB"))[:256, :256]
    Image.fromarray(photo).save(folder / "plain.jpg")
    Image.fromarray(marker.mark_picture(photo)).save(folder / "marked.jpg")
    marker.mark_file(folder / "marked.jpg", ".jpg", PHOTO)
    (folder / "empty.png").touch()
    (folder / "text.mp4").write_text("not a video")
    marked = (folder / "marked.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(marked[: len(marked) // 2])
    with av.open(str(folder / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return folder


def test_the_command_says_what_it_found(warm_python, folder: Path) -> None:
    script = ROOT / "inference" / "verify.py"
    ran = warm_python(script, "marked.jpg", "plain.jpg", cwd=folder)
    assert (ran.returncode, ran.stderr) == (verify.EXIT_UNMARKED, "")
    marked, plain = ran.stdout.split("plain.jpg\n")
    for statement in (
        "source type: compositeWithTrainedAlgorithmicMedia",
        "valid, but nobody trusted vouches for its signer",
        "made from astronaut.png (without a manifest)",
        "found in the picture; tag 7, 100% of its coded bits intact",
        "found: marked as made or changed by a machine",
    ):
        assert statement in marked
    assert "watermark: none in the picture" in plain and "found: no mark" in plain


def saved_again(folder: Path, target: Path) -> None:
    with Image.open(folder / "marked.jpg") as image:
        image.convert("RGB").save(target, quality=85)


def cropped(folder: Path, target: Path) -> None:
    with Image.open(folder / "marked.jpg") as image:
        image.crop((13, 13, 243, 243)).convert("RGB").save(target, quality=85)


def kept_all_metadata(folder: Path, target: Path) -> None:
    data = bytearray((folder / "marked.jpg").read_bytes())
    data[-len(data) // 10] ^= 1
    target.write_bytes(data)


@pytest.mark.parametrize(
    ("edit", "code", "true", "untrue"),
    [
        (saved_again, 0, ["C2PA manifest: none", "found in the picture; tag 7"], ["valid"]),
        (cropped, verify.EXIT_UNMARKED, ["watermark: none", "found: no mark"], ["marked as"]),
        (
            kept_all_metadata,
            0,
            ["INVALID: changed after it was signed"],
            ["valid, but"],
        ),
    ],
)
def test_what_it_says_of_an_edited_file_is_true(
    folder: Path, tmp_path: Path, capsys, edit, code: int, true: list[str], untrue: list[str]
) -> None:
    path = tmp_path / "edited.jpg"
    edit(folder, path)
    assert verify.report(path, 8, as_json=False) == code
    said = capsys.readouterr().out
    assert all(words in said for words in true)
    assert not any(words in said for words in untrue)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["marked.jpg"], 0),
        (["marked.jpg", "plain.jpg"], verify.EXIT_UNMARKED),
        (["plain.jpg", "empty.png", "marked.jpg"], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst_file(
    names: list[str], code: int, folder: Path, capsys
) -> None:
    assert max(verify.report(folder / name, 1, as_json=True) for name in names) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(line["file"]).name for line in lines] == names
    assert [line.get("is_marked") for line in lines] == [
        {"marked.jpg": True, "plain.jpg": False}.get(name) for name in names
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.png", "is empty"),
        ("text.mp4", "as a video"),
        ("cut.jpg", "not a readable picture"),
        ("sound.mp4", "no video stream"),
        ("nowhere.jpg", "no such file"),
    ],
)
def test_what_cannot_be_read_gets_one_line(name: str, reason: str, folder: Path, capsys) -> None:
    assert verify.report(folder / name, 8, as_json=False) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert reason in printed.err and name in printed.err


MANIFEST = Manifest("Invalid", ("assertion.dataHash.mismatch",), "Somebody", "", (), ())
NOTHING = Findings((), None, "", 8, (), None, True)


@pytest.mark.parametrize(
    ("changes", "statement"),
    [
        ({"readings": (Reading(3, 0.9), Reading(3, 0.8))}, "found in 2 of 8 frames; tag 3, 85%"),
        ({"together": Reading(3, 0.75)}, "only in 8 frames read together; tag 3, 75%"),
        ({"is_large_enough": False}, "below 128 px a side carry none"),
        ({"manifest": MANIFEST}, "INVALID: changed after it was signed"),
        ({"manifest": MANIFEST}, "the validator reports assertion.dataHash.mismatch"),
        ({"manifest_error": "garbled"}, "one that cannot be read (garbled)"),
        ({"source_types": ("digitalCapture",)}, "found: no mark"),
        ({"source_types": ("trainedAlgorithmicMedia",)}, "found: marked"),
    ],
)
def test_findings_in_words(changes: dict, statement: str) -> None:
    findings = Findings(**{**vars(NOTHING), **changes})
    assert statement in verify.as_text(Path("some.mp4"), findings)
