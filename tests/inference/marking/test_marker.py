"""From a finished file to one that carries every mark its format has a place for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.marking.container_tags import read_container_types
from facedancer.inference.marking.content_credentials import (
    UnsignedError,
    read_manifest,
)
from facedancer.inference.marking.marker import SWITCHED_OFF, Marker, Marking
from facedancer.inference.marking.watermark import read
from facedancer.inference.marking.xmp import read_source_types
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

from .files import ANIMATED, CODECS, STILL, decoded, write_file, write_video

COLLINS = Path(__file__).parents[3] / "assets" / "photos" / "eileen_collins" / "astronaut.png"
SWAPPED = "compositeWithTrainedAlgorithmicMedia"
WITHOUT_XMP = (".bmp", ".mkv", ".webm")
WITHOUT_C2PA = (".bmp", ".mkv", ".webm")
FORMATS = [
    *((suffix, False) for suffix in (*STILL, *CODECS)),
    *((suffix, True) for suffix in ANIMATED),
]


@pytest.fixture(scope="module")
def marker(user_folder):
    return Marker(Marking(tag=12))


@pytest.fixture(scope="module")
def picture(marker):
    return marker.mark_picture(read_image(COLLINS)[:320, :320])


@pytest.mark.parametrize(("suffix", "animated"), FORMATS)
def test_every_format(marker, picture, tmp_path, suffix, animated):
    path = tmp_path / f"result{suffix}"
    write_file(path, picture, animated)
    before = decoded(path)
    lines = marker.mark_file(path, suffix, COLLINS)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert len(lines) == 3

    after = decoded(path)
    assert len(after) == len(before)
    np.testing.assert_array_equal(np.stack(after), np.stack(before))
    assert read(after[:1]).tag == 12

    if suffix in WITHOUT_XMP:
        assert read_source_types(path) == []
    else:
        assert read_source_types(path) == [SWAPPED]
        assert lines[1] == f"XMP: digital source type {SWAPPED}"
    if suffix in (".mkv", ".webm"):
        assert read_container_types(path) == [SWAPPED]
        assert lines[1] == f"container tag: {SWAPPED}"

    manifest = read_manifest(path)
    if suffix in WITHOUT_C2PA:
        assert manifest is None
        assert lines[2] == f"C2PA: none ({suffix[1:]} files carry no manifest)"
    else:
        assert "untrusted" in lines[2]
        assert manifest.state == "Valid"
        assert manifest.problems == ("signingCredential.untrusted",)
        assert manifest.source_types == (SWAPPED,)
        assert manifest.parents == ("astronaut.png (without a manifest)",)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_others_find_the_xmp_where_it_belongs(marker, picture, tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    write_file(path, picture)
    marker.mark_file(path, suffix, COLLINS)
    with Image.open(path) as image:
        image.load()
        found = image.info["xmp"]
    assert SWAPPED in (found if isinstance(found, str) else found.decode())


def test_a_video_without_the_tag_is_told(marker, picture, tmp_path):
    path = tmp_path / "result.mkv"
    write_video(path, picture, tagged=False)
    assert "container tag: none was written" in marker.mark_file(path, ".mkv", COLLINS)


def test_the_temporary_name_does_not_matter(marker, picture, tmp_path):
    write_file(tmp_path / "result.jpg", picture)
    unfinished = (tmp_path / "result.jpg").rename(tmp_path / ".result.jpg.unfinished")
    lines = marker.mark_file(unfinished, ".jpg", COLLINS)
    assert read_manifest(unfinished).state == "Valid"
    assert len(lines) == 3


def test_a_parents_manifest_is_kept(marker, picture, tmp_path):
    parent, child = tmp_path / "first.jpg", tmp_path / "second.mp4"
    write_file(parent, picture)
    marker.mark_file(parent, ".jpg", COLLINS)
    # Its content says what it is, not its name.
    parent = parent.rename(tmp_path / "first.png")
    write_file(child, picture)
    marker.mark_file(child, ".mp4", parent)
    assert read_manifest(child).parents == ("first.png (with its own manifest)",)


@pytest.mark.parametrize("content", ["cut short", "nonsense"])
def test_a_parent_that_c2pa_cannot_read_is_named(marker, picture, tmp_path, content):
    parent, child = tmp_path / "parent.jpg", tmp_path / "child.png"
    write_file(parent, picture)
    parent.write_bytes(parent.read_bytes()[:900] if content == "cut short" else b"nonsense")
    write_file(child, picture)
    marker.mark_file(child, ".png", parent)
    assert read_manifest(child).parents == ("parent.jpg (without a manifest)",)


def test_a_change_after_signing_is_noticed(marker, picture, tmp_path):
    path = tmp_path / "result.png"
    write_file(path, picture)
    marker.mark_file(path, ".png", COLLINS)
    data = bytearray(path.read_bytes())
    data[-2000] ^= 1
    path.write_bytes(data)
    manifest = read_manifest(path)
    assert manifest.state == "Invalid"
    assert "assertion.dataHash.mismatch" in manifest.problems


def test_a_manifest_that_cannot_be_read(marker, picture, tmp_path):
    path = tmp_path / "result.jpg"
    write_file(path, picture)
    marker.mark_file(path, ".jpg", COLLINS)
    data = path.read_bytes()
    place = data.index(b"jumb") + 200
    path.write_bytes(data[:place] + b"x" * 100 + data[place + 100 :])
    try:
        assert read_manifest(path).state == "Invalid"
    except UnsignedError as error:
        assert "\n" not in str(error)


def test_no_picture_of_the_old_face_is_kept(marker, picture, tmp_path):
    # A thumbnail of the parent would show it: nothing but the packet and the manifest may be added.
    path = tmp_path / "result.png"
    write_file(path, picture)
    size = path.stat().st_size
    marker.mark_file(path, ".png", COLLINS)
    assert path.stat().st_size - size < 40_000
    assert b"c2pa.thumbnail" not in path.read_bytes()


def test_switched_off(picture, tmp_path):
    off = Marker(Marking(is_on=False, label=True))
    path = tmp_path / "result.png"
    write_file(path, picture)
    data = path.read_bytes()
    assert off.mark_picture(picture) is picture
    assert off.mark_file(path, ".png", COLLINS) == [SWITCHED_OFF]
    assert path.read_bytes() == data


def test_each_part_alone(tmp_path):
    plain = np.full((200, 200, 3), 90, np.uint8)
    path = tmp_path / "result.png"
    write_file(path, plain)
    labelled = Marker(Marking(watermark=False, c2pa=False, label=True))
    assert labelled.mark_picture(plain).max() == 255
    assert plain.max() == 90
    assert labelled.mark_file(path, ".png", COLLINS) == [
        "visible label: in a corner",
        "invisible watermark: switched off",
        f"XMP: digital source type {SWAPPED}",
        "C2PA: switched off",
    ]
    assert read([labelled.mark_picture(plain)]) is None
    assert read_manifest(path) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"c2pa_cert": Path("cert.pem")}, "go together"),
        ({"c2pa_key": Path("key.pem")}, "go together"),
        ({"tag": 65536}, "0 to 65535"),
        ({"tag": -1}, "0 to 65535"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        Marking(**settings)
