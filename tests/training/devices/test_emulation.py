"""The warning of a number format that the processor only emulates."""

import pytest
import tensorflow as tf

from facedancer.training.devices import emulation


@pytest.mark.parametrize(
    ("precision", "has_bfloat16", "gpus", "warns"),
    [
        ("mixed_bfloat16", False, [], True),
        ("mixed_bfloat16", True, [], False),
        ("mixed_bfloat16", False, ["GPU:0"], False),
        ("float32", False, [], False),
    ],
)
def test_one_line_where_float32_is_faster(
    monkeypatch, caplog, precision, has_bfloat16, gpus, warns
):
    monkeypatch.setattr(emulation, "processor_has_bfloat16", lambda: has_bfloat16)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    emulation.warn_of_emulation(precision)
    assert [m for m in caplog.messages if "--precision=float32" in m] == caplog.messages
    assert len(caplog.messages) == warns
