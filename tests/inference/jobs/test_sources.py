"""Files that say who gets whose face, as users' editors save them."""

import json

import numpy as np
import pytest

from facedancer.inference.jobs.sources import identity_from, read_mapping, roles_of_mapping
from facedancer.utils.errors import UserError

from .conftest import COLLINS, HOPPER


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mapping_may_begin_with_a_byte_order_mark(make_swapper, tmp_path, encoding):
    entry = {"name": "Zoë", "reference": str(HOPPER), "source": [str(COLLINS)]}
    path = tmp_path / "who.json"
    path.write_text(json.dumps([entry], ensure_ascii=False), encoding=encoding)
    (role,) = roles_of_mapping(make_swapper(), read_mapping(path))
    assert role.name == "Zoë"
    np.testing.assert_array_equal(role.identity, identity_from(make_swapper(), [COLLINS]))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10**5,
        "[NaN]",
        '[{"name": 1e999}]',
        "{}",
        "null",
        '[{"name": "a", "name": "b"}]',
        "[[]]",
    ],
)
def test_a_hostile_mapping_is_one_line(tmp_path, text):
    path = tmp_path / "who.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"who\.json") as caught:
        read_mapping(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1_000
