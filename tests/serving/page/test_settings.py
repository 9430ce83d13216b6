"""Controls and presets: rows and flagfiles that agree with the swap's own flags."""

import json

import pytest

from facedancer.inference.default_networks import Usual
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import as_usual
from facedancer.serving.page.controls import CONTROLS, chosen_options
from facedancer.serving.page.presets import SHIPPED, find_presets, preset_script
from facedancer.serving.work.options import OPTIONS, read_options


@pytest.mark.parametrize("control", CONTROLS, ids=lambda one: one.flag)
def test_a_control_is_a_flag_that_visitors_may_set(control):
    assert control.flag in OPTIONS
    assert set(control.words) <= set(control.choices)
    begins_with = getattr(as_usual(SwapFlags(), Usual()), control.flag)
    assert control.is_list or begins_with in control.words or not control.words
    for value in control.words or [begins_with]:
        given, taken = ([value], (value,)) if control.is_list else (value, value)
        assert getattr(read_options({control.flag: given}), control.flag) == taken


def test_options_are_what_differs():
    assert chosen_options({one.flag: one.default for one in CONTROLS}) == {}
    usual = as_usual(SwapFlags(), Usual(1.2, "even"))
    assert chosen_options({"mask": "hull", "strength": 1.2}, usual) == {"mask": "hull"}
    assert chosen_options({"strength": 1.0, "colour_match": "even"}, usual) == {"strength": 1.0}
    kept = SwapFlags(keep=("eyes",))
    assert chosen_options({"keep": []}, kept) == {"keep": []}
    assert chosen_options({"keep": ["eyes"]}, kept) == chosen_options({}, kept) == {}
    assert chosen_options({"keep": ["eyes"], "start": "1"}) == {"keep": ["eyes"], "start": "1"}
    assert chosen_options({"keep": [], "end": ""}) == {}


@pytest.mark.parametrize("given", [{"mark": False}, {"generator": "x"}, {"super_resolution": "x"}])
def test_what_is_no_control_is_not_a_visitors_to_set(given):
    assert chosen_options(given) == {}


def test_presets_are_flagfiles_with_values_of_the_controls():
    presets = find_presets(Usual(1.2, "even"))
    assert [one.values["strength"] for one in presets] == 3 * [1.2]
    assert [one.values["colour_match"] for one in presets] == ["even", "off", "even"]
    assert [one.name for one in presets] == ["Best", "Fast", "Video"]
    for preset in presets:
        settings = read_options(chosen_options(preset.values))
        assert {name: getattr(settings, name) for name in preset.values} == preset.values
        assert preset.help
    assert len({str(one.values) for one in presets}) == len(presets)


def test_a_browser_has_the_presets_values_in_the_controls_order():
    presets = find_presets()
    script = preset_script(presets)
    values = json.loads(script.removeprefix("(name) => (").removesuffix(")[name]"))
    for preset in presets:
        given = dict(zip((one.flag for one in CONTROLS), values[preset.name], strict=True))
        assert read_options(chosen_options(given)) == read_options(chosen_options(preset.values))


def test_a_preset_says_all_that_it_changes(tmp_path):
    (tmp_path / "odd.cfg").write_text("# For odd ones.\n--strength=0.5\n")
    (preset,) = find_presets(folder=tmp_path)
    assert (preset.name, preset.help, preset.values["strength"]) == ("Odd", "For odd ones.", 0.5)
    assert preset.values["mask"] == SwapFlags().mask


def test_every_line_of_a_shipped_preset_reaches_the_page():
    flags = {one.flag for one in CONTROLS}
    for path in SHIPPED.glob("*.cfg"):
        lines = path.read_text().splitlines()
        given = {line[2:].partition("=")[0] for line in lines if line.startswith("--")}
        assert given <= flags, path.name
