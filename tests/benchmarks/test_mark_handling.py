"""Everyday handling of marked files: a small form of the benchmark, and its counting by hand."""

from facedancer.benchmarks import mark_handling
from facedancer.benchmarks.mark_handling import Settings, Tally, measure
from facedancer.inference.marking.findings import Findings
from facedancer.inference.marking.watermark import Reading


def test_a_row_by_hand():
    reading = Reading(tag=mark_handling._TAG, agreement=1.0)
    others = Reading(tag=1, agreement=1.0)
    empty = Findings((), None, "", 1, (), None, True)
    stated = Findings(("trainedAlgorithmicMedia",), None, "", 8, (), reading, True)
    foreign = Findings((), None, "", 1, (others,), None, True)
    counts = Tally()
    for found in (empty, stated, foreign):
        counts.add(found)
    assert counts.row("handled") == "| handled | 1 of 3 | 0 of 3 | 1 of 3 | 2 of 3 |"


def test_the_tables_in_small(tmp_path):
    wanted = Settings(pictures=2, unmarked=2, clips=0, clip_frames=2)
    rows = {line.split("|")[1].strip(): line for line in measure(tmp_path, wanted) if "|" in line}
    assert rows["as written"].endswith("| 2 of 2 | 2 of 2 | 2 of 2 | 2 of 2 |")
    assert rows["saved again as PNG"].endswith("| 2 of 2 | 2 of 2 |")
    assert rows["10 % cropped off, JPEG"].endswith("| 0 of 2 | 0 of 2 |")
