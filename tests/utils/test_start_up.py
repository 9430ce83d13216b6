"""Tests the quick start: what it leaves out is back after it."""

import gc
import sys

import pytest

from facedancer.utils.start_up import quick_start


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_as_it_was(was_on):
    (gc.enable if was_on else gc.disable)()
    try:
        with pytest.raises(KeyError), quick_start():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() == was_on
    finally:
        gc.enable()
        gc.unfreeze()


def test_matplotlib_is_only_hidden_within(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    with quick_start():
        assert sys.modules["matplotlib"] is None
    assert "matplotlib" not in sys.modules
    gc.unfreeze()


def test_matplotlib_stays_where_it_is_loaded():
    import matplotlib as mpl

    with quick_start():
        assert sys.modules["matplotlib"] is mpl
    gc.unfreeze()
