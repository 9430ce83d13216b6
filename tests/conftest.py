"""Test set-up: two logical CPU devices, so that tests can train on two replicas."""

import functools

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Splits the CPU in two before TensorFlow touches a device; the rest runs on the first one.

    Not in the process that only hands out tests to others (`pytest -n`): what TensorFlow prints on
    import there would come after pytest's closing line.
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    import facedancer  # noqa: F401, I001 - quietens TensorFlow, so it comes first
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.fixture(scope="session")
def strategies():
    """``strategies(n)``: the process's one MirroredStrategy over n logical CPU devices.

    One only: TensorFlow numbers a strategy's collectives from the start again, and collectives of
    one number and different shapes, from two strategies in one process, abort each other.
    """
    import tensorflow as tf

    return functools.cache(
        lambda count: tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(count)])
    )
