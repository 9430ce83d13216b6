"""Options of a request: what a stranger may choose, and what not."""

import pytest

from facedancer.inference.swap_flags import SwapFlags
from facedancer.serving.work.options import OPTIONS, option_schemas, read_options
from facedancer.utils.errors import UserError


def test_options_come_as_text_or_as_json():
    as_text = read_options(
        {"which": "nth", "nth": "2", "label": "true", "min_face": "8", "crf": "9"}
    )
    as_json = read_options({"which": "nth", "nth": 2, "label": True, "min_face": 8, "crf": 9.0})
    assert as_text == as_json == SwapFlags(which="nth", nth=2, label=True, min_face=8.0, crf=9)


def test_options_of_several_values_come_in_both_ways_too():
    as_text = read_options({"track": "1, 3", "keep": "mouth", "mask_padding": "0,5,0,5"})
    as_json = read_options({"track": [1, 3], "keep": ["mouth"], "mask_padding": [0, 5, 0, 5]})
    assert as_text == as_json
    assert (as_json.track, as_json.keep) == ((1, 3), ("mouth",))
    assert as_json.mask_padding == (0.0, 5.0, 0.0, 5.0)


def test_what_the_operator_chose_stays():
    settings = read_options({"nth": 2}, SwapFlags(label=True, c2pa_cert="cert.pem"))
    assert (settings.nth, settings.label, settings.c2pa_cert) == (2, True, "cert.pem")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        # Marks stay on, and no file of the server is read.
        ({"mark": "false"}, "no option 'mark'"),
        ({"super_resolution": "/etc/passwd"}, "no option 'super_resolution'"),
        ({"mask": "/etc/passwd"}, "mask must be one of"),
        ({"generator": "x"}, "no option 'generator'"),
        ({"x" * 999: "1"}, "no option 'xxx"),
        ({"which": "both"}, "which must be one of all, largest, nth, not 'both'"),
        ({"nth": "0"}, "nth must be at least 1"),
        ({"nth": "1.5"}, "nth must be a whole number"),
        ({"nth": 1.5}, "nth must be a whole number"),
        ({"nth": True}, "nth must be a whole number"),
        ({"nth": [1]}, "nth must be a whole number"),
        ({"nth": None}, "nth must be a whole number"),
        ({"nth": "9" * 9999}, "nth must be a whole number"),
        ({"min_score": "nan"}, "min_score must be a finite number"),
        ({"min_score": float("inf")}, "min_score must be a finite number"),
        ({"track": [1, "a"]}, "track must be a whole number"),
        ({"track": [[1]]}, "track must be a whole number"),
        ({"keep": list(range(99))}, "keep has 99 values: give at most 64"),
        ({"label": "maybe"}, "label must be true or false"),
        ({"tag": 65536}, "tag must be at most 65535"),
    ],
)
def test_a_wrong_option_is_refused_in_a_line(given, words):
    with pytest.raises(UserError, match=words) as refusal:
        read_options(given)
    assert len(str(refusal.value)) < 300


def test_every_option_is_described():
    schemas = option_schemas()
    assert set(schemas) == set(OPTIONS)
    assert schemas["nth"] == {
        "type": "integer",
        "description": schemas["nth"]["description"],
        "default": 1,
        "minimum": 1,
    }
    assert all("--" not in one["description"] for one in schemas.values())
