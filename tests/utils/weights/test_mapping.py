"""Every weight once, every variable once, or nothing."""

import dataclasses

import numpy as np
import pytest

from facedancer.utils.weights.mapping import WeightMappingError, assign_all


@dataclasses.dataclass
class Variable:
    path: str
    shape: tuple[int, ...]
    values: np.ndarray | None = None

    def assign(self, values):
        self.values = values


STORED = {"a": np.zeros(2), "b": np.ones(3)}


def variables():
    return [Variable("x", (2,)), Variable("y", (3,))]


def test_all_are_carried():
    ours = variables()
    done = assign_all(ours, STORED, [("b", "y"), ("a", "x")])
    assert [(a.source, a.target, a.shape) for a in done] == [("b", "y", (3,)), ("a", "x", (2,))]
    assert ours[0].values is STORED["a"]
    assert ours[1].values is STORED["b"]


@pytest.mark.parametrize(
    ("pairs", "message", "unused", "unset"),
    [
        ([], r"2 of the file's 2 .* \(a, b\) and 2 of .* 2 are not set \(x, y\)", "ab", "xy"),
        ([("a", "x")], r"1 of .* \(b\) and 1 of .* \(y\)", "b", "y"),
        ([("a", "x"), ("c", "y")], r"1 of .* \(b\) and 1 of .* \(y\)", "b", "y"),
        ([("a", "x"), ("b", "z")], r"1 of .* \(b\) and 1 of .* \(y\)", "b", "y"),
        ([("a", "x"), ("a", "y")], "the weight a would be used twice", "", ""),
        ([("a", "x"), ("b", "x")], "the variable x would be used twice", "", ""),
        ([("a", "y"), ("b", "x")], r"a has the shape \(2,\), and y wants \(3,\)", "", ""),
    ],
)
def test_nothing_is_assigned_where_it_does_not_fit(pairs, message, unused, unset):
    ours = variables()
    with pytest.raises(WeightMappingError, match=message) as refusal:
        assign_all(ours, STORED, pairs)
    assert (refusal.value.unused, refusal.value.unset) == (tuple(unused), tuple(unset))
    assert all(variable.values is None for variable in ours)


def test_two_variables_of_one_name_cannot_be_told_apart():
    with pytest.raises(WeightMappingError, match="one name"):
        assign_all([Variable("x", (2,)), Variable("x", (2,))], STORED, [("a", "x")])


def test_long_lists_are_cut_in_the_message_alone():
    stored = {f"w{number}": np.zeros(1) for number in range(20)}
    with pytest.raises(WeightMappingError, match=r"w5 and 14 more\)") as refusal:
        assign_all([], stored, [])
    assert len(refusal.value.unused) == 20


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_not_finite_is_refused_by_name(value):
    ours = variables()
    with pytest.raises(WeightMappingError, match="the weight b is not finite"):
        assign_all(ours, STORED | {"b": np.array([0, value, 0])}, [("b", "y"), ("a", "x")])
    assert ours[0].values is ours[1].values is None
