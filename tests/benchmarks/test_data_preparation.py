"""The benchmark of the data tools at a toy size: it runs, and judges by its bars."""

import dataclasses

import pytest

from facedancer.benchmarks.data_preparation import Result, markdown, measure, watch_memory
from facedancer.benchmarks.preparation_runs import Memory, Throughput
from facedancer.benchmarks.readme_section import write_section
from facedancer.benchmarks.sample_photographs import write_photographs
from facedancer.utils.errors import UserError
from facedancer.utils.images import find_images, read_image

FAST = Throughput(count=40, cropped=40, seconds=2.0)
SLOW = Throughput(count=10, cropped=10, seconds=5.0)
FLAT = Memory(warm_up=500, count=5000, before=1000, after=1010)


def test_it_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("facedancer.benchmarks.data_preparation.alone", lambda f, *a: f(*a))
    result = measure((320, 240), 8, 2, tmp_path)
    # The photographs show what they are for.
    assert (result.ours.count, result.ours.cropped) == (8, 8)
    assert (result.loop.count, result.loop.cropped) == (2, 2)
    memory = watch_memory(((400, 300), (320, 240)), 130, tmp_path)
    assert (memory.count, memory.warm_up) == (130, 128)
    assert 0 < memory.before <= memory.after
    assert markdown([result], memory).count("wanted: ") == 1


def test_photographs_are_of_their_size_and_reproducible(tmp_path):
    for name in ("a", "b"):
        write_photographs(tmp_path / name, 4, (200, 150))
    files = [sorted(path.read_bytes() for path in (tmp_path / n).rglob("*.jpg")) for n in "ab"]
    assert files[0] == files[1]
    shapes = [read_image(path).shape for path in find_images(tmp_path / "a")]
    assert sorted(shapes) == [(150, 200, 3)] * 2 + [(200, 150, 3)] * 2


def test_the_table_judges_by_its_bars():
    table = markdown([Result((1000, 800), FAST, SLOW)], FLAT)
    assert table.count(": met") == 3
    assert "**20.0**; 12 wanted" in table and "**10.0**; 3 wanted" in table
    table = markdown([Result((1000, 800), SLOW, SLOW)], dataclasses.replace(FLAT, after=1100))
    assert table.count(": missed") == 3
    assert "no bar" in markdown([Result((480, 640), FAST, SLOW)], FLAT)


def test_a_section_is_replaced(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- x: begin -->\nold\n<!-- x: end -->\n<!-- y: begin -->\n")
    write_section(page, "x", "new")
    assert page.read_text() == "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\n<!-- y: begin -->\n"
    with pytest.raises(UserError, match="lacks <!-- y: begin -->"):
        write_section(page, "y", "new")
