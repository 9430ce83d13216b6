"""Tests the quick start: what it leaves out is back after it."""

import gc
import sys

import pytest

from facedancer.utils.start_up import quick_start, tracing_for_one_call


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


@pytest.mark.parametrize("package", ["matplotlib", "pandas", "scipy"])
def test_a_package_is_only_hidden_within(package, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    with quick_start():
        assert sys.modules[package] is None
    assert package not in sys.modules
    gc.unfreeze()


def test_matplotlib_stays_where_it_is_loaded():
    import matplotlib as mpl

    with quick_start():
        assert sys.modules["matplotlib"] is mpl
    gc.unfreeze()


def test_graphs_are_rewritten_again_after_the_block():
    import tensorflow as tf

    def is_off() -> bool:
        return tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)

    was_off = is_off()
    with tracing_for_one_call():
        assert is_off()
    assert is_off() == was_off
