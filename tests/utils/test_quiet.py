"""Tests what of a command's stderr is held back, and that nothing else is."""

import os
import pty
import subprocess
import sys

import pytest

from facedancer.utils.quiet import asks_for_notes, sift

NOISE = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795915919.005241   10534 port.cc:153] oneDNN custom operations are on. You may",
    "W0000 00:00:1795915919.005241   10534 gpu_device.cc:2431] Cannot dlopen some GPU libraries.",
    "I1129 01:33:39.105241 10534 service.cc:152] XLA service 0x7f initialized for platform CUDA",
    "E0000 00:00:1795915923.040176   10534 cuda_platform.cc:52] failed call to cuInit: INTERNAL",
    "E0000 00:00:1795915923.04   10534 cuda_fft.cc:467] Unable to register cuFFT factory: Attempt",
    "E0000 00:00:1795915949.003900   10948 meta_optimizer.cc:967] remapper failed: "
    "INVALID_ARGUMENT: Mutation::Apply error: fanout 'gradient_tape/x' exists",
    "2026-11-29 01:35:05.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations",
    "2026-11-29 01:35:05.123456: E external/xla/cuda_dnn.cc:1] Unable to register cuDNN factory",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
    "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",
    "fully_quantize: 0, inference_type: 6, input_inference_type: FLOAT32",
    "ptxas warning : Registers are spilled to local memory in function 'fusion', 8 bytes",
]
OURS = [
    "error: no such image file: I0000.png",
    "WARNING: 3 of 4 swapped faces equal their input: the generator does nothing; is it trained?",
    "ALARM at step 7: the output equals the target",
    "W1129 01:33:39.105241 140 step.py:12] a note of Python's own",
    "E0000 00:00:1795915923.040176   10534 cuda_dnn.cc:52] Loaded cuDNN 8 but compiled with 9",
    "E0000 00:00:1795915923.040176   10534 bfc_allocator.cc:52] ran out of memory",
    "F0000 00:00:1795915923.040176   10534 cpu_feature_guard.cc:52] compiled to use AVX",
    "Fatal Python error: Segmentation fault",
    "terminate called after throwing an instance of 'std::bad_alloc'",
    "INFO: of something else",
    "fully_quantize: how it is done",
    "ImportError: libcudart.so.12: cannot open shared object file",
    "\rtraining:  37%|###   | 44/120 [00:30<00:51]",
]


def test_noise_goes_and_the_rest_stays():
    mixed = [line for pair in zip(NOISE, OURS, strict=True) for line in pair]
    text = "".join(f"{line}\n" for line in mixed).encode()
    assert sift(text) == ("".join(f"{line}\n" for line in OURS).encode(), b"")


@pytest.mark.parametrize("size", [1, 7, 60, 4096])
def test_however_it_is_cut(size):
    """At most the head of a noisy line is shown, if the cut falls within it."""
    text = "".join(f"{line}\n" for line in OURS).encode()
    shown, held = b"", b""
    for start in range(0, len(text), size):
        new, held = sift(held + text[start : start + size])
        shown += new
    assert shown + held == text


def test_noise_behind_a_bar_that_has_no_line_end():
    text = f"\rcropping: 0%{NOISE[1]}\n\rcropping: 50%".encode()
    assert sift(text) == (b"\rcropping: 0%\rcropping: 50%", b"")


def test_a_noisy_line_is_held_until_it_ends():
    begun, rest = NOISE[1][:40].encode(), NOISE[1][40:].encode()
    shown, held = sift(b"ours\n" + begun)
    assert (shown, held) == (b"ours\n", begun)
    assert sift(held + rest + b"\nours") == (b"ours", b"")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], False),
        (["--steps=3", "verbosity"], False),
        (["--verbosity=0"], True),
        (["-v=1"], True),
        (["--verbosity", "info"], True),
        (["--verbosity=-1"], False),
        (["--verbosity", "error"], False),
        (["--verbosity=WARNING"], False),
    ],
)
def test_verbosity_asks(arguments, asked):
    assert asks_for_notes(arguments) is asked


BEGIN = "import os, sys; from facedancer.utils.quiet import quieten; quieten(sys.argv[1:]); "
NOTE = f"os.write(2, {NOISE[1] + chr(10)!r}.encode()); "


def run(code, *arguments, **given):
    command = [sys.executable, "-c", BEGIN + NOTE + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **given)


@pytest.mark.parametrize(
    ("code", "status", "last"),
    [
        ("os.write(2, b'F0000 00:00:1.1 7 guard.cc:1] no AVX\\n'); os.abort()", -6, "no AVX"),
        ("os.write(2, b'no line end'); os.abort()", -6, "no line end"),
        (
            "import faulthandler, ctypes; faulthandler.enable(); ctypes.string_at(0)",
            -11,
            "<module>",
        ),
        ("import no_such_module", 1, "No module named 'no_such_module'"),
        ("os.write(2, b'killed'); os.kill(os.getpid(), 9)", -9, "killed"),
        ("print('told', file=sys.stderr); os._exit(3)", 3, "told"),
        ("sys.exit('by hand')", 1, "by hand"),
    ],
)
def test_a_crash_still_shows(code, status, last):
    ended = run(code)
    assert ended.returncode == status
    assert last in ended.stderr
    assert NOISE[1] not in ended.stderr


def test_a_process_that_it_starts_is_filtered_too():
    ended = run(
        "import subprocess; subprocess.run([sys.executable, '-c', "
        f"{'import os, sys; ' + NOTE + 'print(7, file=sys.stderr); os.abort()'!r}])"
    )
    assert (ended.stdout, ended.stderr) == ("", "7\n")


def test_a_note_that_was_asked_for():
    assert run("", "--verbosity=0").stderr == NOISE[1] + "\n"
    assert run("", env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}).stderr == NOISE[1] + "\n"


def test_a_terminal_stays_one():
    primary, secondary = pty.openpty()
    code = BEGIN + NOTE + "print(sys.stderr.isatty(), sys.stderr.fileno() > 2, file=sys.stderr)"
    subprocess.run([sys.executable, "-c", code], stderr=secondary, check=True)
    os.close(secondary)
    assert os.read(primary, 1000) == b"True True\r\n"
    os.close(primary)


def test_no_child_is_left_to_wait_for():
    ended = run(
        "import contextlib\n"
        "with contextlib.suppress(ChildProcessError):\n"
        "    os.wait(); print('a child')\n"
    )
    assert (ended.stdout, ended.stderr) == ("", "")


def test_a_containers_first_process_is_left_as_it_is():
    code = "import os; os.getpid = lambda: 1; " + BEGIN + NOTE
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stderr == NOISE[1] + "\n"
