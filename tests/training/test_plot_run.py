"""Curves of several runs in one picture."""

import functools
import math
from pathlib import Path

import numpy as np
import pytest

from facedancer.training.plot_run import draw, read_curves
from facedancer.training.watching.run_log import RunLog
from facedancer.utils.images import read_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(tmp_path):
    """Two run folders; only the first one knows of IFSR and of validation."""
    for name in ("one", "two"):
        log = RunLog(tmp_path / name, 0)
        for step in range(1, 101):
            values = {"loss/generator/identity": 1 / step, "images_per_second": 3.0}
            if name == "one":
                values["loss/generator/ifsr"] = math.nan if step == 50 else 1.0
            log.write(step, values)
            log.write(step, {"samples": "samples/some.png"})
        if name == "one":
            values = {"validation/identity_source": 0.4, "validation/identity_target": 0.6}
            log.write(100, {**values, "affa_mask/16/mean": 0.5, "affa_mask/16/std": 0.1})
        log.close()
    return tmp_path


@pytest.fixture
def plot(warm_python, runs):
    """Runs the command with some arguments, in the runs' folder."""
    return functools.partial(warm_python, ROOT / "training" / "plot_run.py", cwd=runs)


def test_the_command(plot, runs):
    done = plot("one", "two/", "--output=pictures/curves.png")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "curves: pictures/curves.png\n"
    assert read_image(runs / "pictures" / "curves.png").std() > 0
    assert len(list((runs / "pictures").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "give one or more run folders"),
        (["one", "nowhere"], "no log.jsonl in nowhere"),
        (["empty"], "no scalars yet"),
        (["one", "--output=curves.jpg"], "must end in .png"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(plot, runs, arguments, named):
    RunLog(runs / "empty", 0).close()
    done = plot(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert named in done.stderr


def test_panels(runs):
    figure = draw({name: read_curves(runs / name) for name in ("one", "two")})
    panels = {panel.get_title(): panel for panel in figure.axes}
    assert list(panels) == [
        "validation/identity_source, dashed: identity_target",
        "loss/generator/identity",
        "loss/generator/ifsr",
        "affa_mask/16/mean, dashed: std",
        "images_per_second",
    ]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]

    identity = panels["loss/generator/identity"]
    logged, mean, *other_run = [line for line in identity.lines if len(line.get_xdata())]
    np.testing.assert_array_equal(logged.get_ydata(), 1 / np.arange(1, 101))
    # The mean of the two values about each step.
    assert mean.get_ydata()[50] == pytest.approx((1 / 50 + 1 / 51) / 2)
    assert {line.get_color() for line in other_run} != {logged.get_color()}
    assert identity.get_yscale() == "linear"

    ifsr = panels["loss/generator/ifsr"].lines
    assert len(ifsr) == 2
    values = ifsr[1].get_ydata()
    assert np.isnan(values[49])
    np.testing.assert_allclose(np.delete(values, 49), 1.0)


def test_a_wide_range_is_drawn_in_logarithms():
    steps = np.arange(3.0)
    figure = draw({"run": {"a": (steps, 10.0**steps), "b": (steps, 10.0 ** (2 * steps))}})
    assert [panel.get_yscale() for panel in figure.axes] == ["linear", "log"]
