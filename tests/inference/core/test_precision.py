"""In which numbers the generator computes."""

import pytest
import tensorflow as tf

from facedancer.inference.core.precision import choose_precision
from facedancer.utils import processor as processors
from facedancer.utils.errors import UserError

CPU_INFO = "processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu sse2 avx512f {}\nbugs\t\t:\n"


@pytest.fixture
def processor(monkeypatch, tmp_path):
    """``processor(flags)``: a machine whose processor says so of itself."""

    def pretend(text):
        (tmp_path / "cpuinfo").write_text(text)
        monkeypatch.setattr(processors, "_CPU_INFO", tmp_path / "cpuinfo")

    return pretend


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16", "amx_tile amx_bf16"])
def test_bfloat16_where_the_processor_has_it(processor, flag):
    processor(CPU_INFO.format(flag))
    assert choose_precision("auto") == "bfloat16"
    assert choose_precision("float32") == "float32"


def test_an_arm_processor_lists_features(processor):
    processor("processor\t: 0\nFeatures\t: fp asimd i8mm bf16\n")
    assert choose_precision("auto") == "bfloat16"


@pytest.mark.parametrize("text", [CPU_INFO.format("avx512_bf16_not"), "", "model name: none\n"])
def test_float32_where_it_has_not(processor, text):
    processor(text)
    assert choose_precision("auto") == "float32"
    assert choose_precision("bfloat16") == "bfloat16", "who asks for it gets it"


def test_float32_where_the_machine_does_not_say(monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "_CPU_INFO", tmp_path / "nothing")
    assert choose_precision("auto") == "float32"


def test_float32_on_a_gpu(processor, monkeypatch):
    processor(CPU_INFO.format("avx512_bf16"))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    assert choose_precision("auto") == "float32"


def test_another_word_is_refused():
    with pytest.raises(UserError, match="no precision 'float16'"):
        choose_precision("float16")
