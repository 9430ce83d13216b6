"""Commands have matrices multiplied in one thread; programs that import us are left as they are."""

import importlib
import os

import pytest

import facedancer
from facedancer.utils import commands, quiet


@pytest.mark.parametrize(
    ("is_command", "before", "after"), [(True, None, "1"), (True, "4", "4"), (False, None, None)]
)
def test_a_command_sets_it_where_nobody_has(monkeypatch, is_command, before, after):
    monkeypatch.setattr(commands, "is_command", lambda: is_command)
    monkeypatch.setattr(quiet, "quieten", lambda arguments: None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", before or "")
    if before is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    importlib.reload(facedancer)
    assert os.environ.get("OPENBLAS_NUM_THREADS") == after
