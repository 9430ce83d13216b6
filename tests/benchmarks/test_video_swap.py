"""The video benchmark's table says what was measured, and which bars were met."""

from facedancer.benchmarks.video_memory import Memory
from facedancer.benchmarks.video_stages import Spent, stage_rows
from facedancer.benchmarks.video_swap import markdown

SPEEDS = {
    (1280, 720): {
        "plain loop": [20.0, 10.0, 12.0],
        "ours": [5.0, 6.0, 5.0],
        "int8": [3.0, 3.0, 2.0],
    },
    (1920, 1080): {"plain loop": [30.0, 36.0, 31.0], "ours": [10.0, 9.0, 12.0], "int8": [5.0] * 3},
}
SPENT = {
    (1280, 720): Spent({"decoding": 2.0, "generator": 100.0}, run=120.0, wall=75.0),
    (1920, 1080): Spent({"decoding": 4.0, "generator": 100.0}, run=150.0, wall=100.0),
}


def test_the_ratio_is_of_the_medians():
    rows = markdown(SPEEDS, 60, [0.02, 0.01, 0.012], Memory(100, 109), 10, SPENT).splitlines()
    (hd,) = (row for row in rows if row.startswith("| 1280 x 720 |"))
    (full_hd,) = (row for row in rows if row.startswith("| 1920 x 1080 |"))
    assert "5.00 (3.00 to 6.00) | 12.00 (10.00 to 12.00) | **2.40**; 3 wanted: missed |" in hd
    assert hd.endswith("| 20.00 (20.00 to 30.00) | **4.00** |")
    assert "**3.10**; 5 wanted: missed" in full_hd


def test_marking_and_memory_have_bars():
    text = markdown(SPEEDS, 60, [0.02, 0.01, 0.012], Memory(100, 109), 10, SPENT)
    assert "**12.0** (10.0); 15 wanted: met" in text
    assert "**+9.0%**; under 10% wanted: met" in text
    text = markdown(SPEEDS, 60, [0.016] * 3, Memory(100, 111), 10, SPENT)
    assert "**16.0** (16.0); 15 wanted: missed" in text
    assert "**+11.0%**; under 10% wanted: missed" in text


def test_the_stages_are_told_beside_the_run():
    rows = stage_rows(SPENT, 2)
    assert rows[0] == "| processor's time, ms a frame of | 1280 x 720 | 1920 x 1080 |"
    assert "| decoding | 2.0 | 4.0 |" in rows
    assert "| all of these, one by one | 102 | 104 |" in rows
    assert rows[-1] == "| 2 cores busy | **80%** | **75%** |"
