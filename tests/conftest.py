"""Test set-up: two logical CPU devices, so that tests can train on two replicas."""

import contextlib
import functools
import gc
import importlib.util
import os
import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

_NO_16_BITS = "oneDNN has no 16-bit arithmetic under ONEDNN_MAX_CPU_ISA"


def pytest_configure(config: pytest.Config) -> None:
    """Splits the CPU in two before TensorFlow touches a device; the rest runs on the first one.

    Not in the process that only hands out tests to others (`pytest -n`): what TensorFlow prints on
    import there would come after pytest's closing line.
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    # Until all is imported: nearly nothing of it is ever garbage.
    gc.disable()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Takes back the flags of the scripts that a test file imports: several would collide.

    Only a script's own `main` reads them, in a process of its own.
    """
    report = yield
    if isinstance(collector, pytest.Module):
        from absl import flags

        for name in list(flags.FLAGS):
            if flags.FLAGS.find_module_defining_flag(name).startswith("facedancer."):
                delattr(flags.FLAGS, name)
    return report


def pytest_collection_finish() -> None:
    """Takes what the imports left out of the collector's sight: a pass over it takes a second.

    And lets it pass seldom: tracing makes objects by the million, and keeps nearly all of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Tidies up after each file that made many: networks are circles of references, and large."""
    if (nextitem is None or nextitem.path != item.path) and any(gc.get_count()[1:]):
        gc.collect()
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """See `_skipping_refusals`; some refusals would end the process."""
    named = "float16" in item.name or item.get_closest_marker("sixteen_bits")
    if named and "ONEDNN_MAX_CPU_ISA" in os.environ:
        pytest.skip(_NO_16_BITS)
    with _skipping_refusals():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """See `_skipping_refusals`."""
    with _skipping_refusals():
        return (yield)


@contextlib.contextmanager
def _skipping_refusals() -> Generator[None]:
    """Skips what needs 16-bit arithmetic where oneDNN was told to know less than the CPU does.

    TensorFlow asks the CPU whether it has such arithmetic, and not oneDNN, which under
    ``ONEDNN_MAX_CPU_ISA=AVX2`` then refuses to make it. No real CPU is in that state.
    """
    try:
        yield
    except Exception as error:
        refused = re.search(r"could not create a .*?(primitive|descriptor)", str(error))
        if refused and "ONEDNN_MAX_CPU_ISA" in os.environ:
            pytest.skip(_NO_16_BITS)
        raise


@pytest.fixture(autouse=True, scope="session")
def _no_traces_at_home(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Certificates that marking makes on its first use go where the tests' other files go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    """Networks that a test makes begin alike in every run, whichever tests came before."""
    import keras

    keras.utils.set_random_seed(0)


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


def _neighbour(name: str):
    """A module that lies in this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True, scope="session")
def warm_python():
    """Runs ``warm_python(SCRIPT, *arguments)`` as `WarmPython` says: no import of TensorFlow.

    Neither is there one, or of h5py, for the children that read weights, see `fork_children`.
    """
    forking, commands = _neighbour("forking"), _neighbour("warm_python")
    heavy = forking.ForkServer(commands.MODULES)
    # That child is held to so little memory that TensorFlow would not fit in.
    light = forking.ForkServer(("h5py", "numpy"), OPENBLAS_NUM_THREADS="1")
    real = subprocess.Popen
    forking.fork_children(
        {
            "hdf5_child.py": light.place,
            "facedancer.utils.weights.saved_model.child": heavy.place,
        }
    )
    yield commands.WarmPython(forking.Forked, heavy.place)
    subprocess.Popen = real
    for server in (heavy, light):
        server.close()


@pytest.fixture(scope="module")
def quick_compilation():
    """Leaves out graph optimisation, half of a first step's time."""
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


@pytest.fixture
def untraced():
    """Functions run as they are written: of few steps, tracing would take most of the time."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
