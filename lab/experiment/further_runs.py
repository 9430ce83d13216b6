"""Trainings beyond the paper's ablation, by name: none of them is done unless it is asked for."""

from dataclasses import dataclass

from ..rivals.settings import RIVALS

_TRAIN, _TRAIN_RIVAL, _DISTILL = "training/train.py", "lab/train_rival.py", "training/distill.py"


@dataclass(frozen=True)
class FurtherRun:
    """One training.

    Attributes:
        flagfile: below ``flags/lab``.
        words: its name for people.
        script: that trains it.
        margins: the rival whose swaps IFSR's margins come from; "": no rival's.
        trained_as: the swapper of another experiment that is this very training; "": none is.
    """

    flagfile: str
    words: str
    script: str = _TRAIN
    margins: str = ""
    trained_as: str = ""


_NAMES = {"face_shifter": "FaceShifter", "sim_swap": "SimSwap", "hifi_face": "HifiFace"}
# Networks of other papers; those of `REPEATED` with several seeds, as C has.
COMPARED = {
    name: FurtherRun(f"rivals/{name}.cfg", _NAMES[name], script=_TRAIN_RIVAL) for name in RIVALS
}
REPEATED = ("sim_swap",)
# C once more with each other set of margins: what the paper's pre-study is for.
MARGIN_RUNS = {
    "c_face_shifter": FurtherRun("c.cfg", "C, margins from FaceShifter", margins="face_shifter"),
    "c_labels": FurtherRun("c.cfg", "C, margins without a swapper", trained_as="c_fixed"),
}
# Students of C at a quarter and a tenth of its arithmetic, by two signals.
STUDENTS = {
    f"{size}_{signal}": FurtherRun(
        f"students/{size}_{signal}.cfg", f"{words} of C, {how}", script=_DISTILL
    )
    for size, words in (("quarter", "a quarter"), ("tenth", "a tenth"))
    for signal, how in (("output", "by its output alone"), ("ifsr", "by IFSR's features too"))
}
FURTHER = {**COMPARED, **MARGIN_RUNS, **STUDENTS}


def trained_as(name: str) -> str:
    """Names the swapper whose training serves ``name``: mostly itself."""
    run = FURTHER.get(name)
    return run.trained_as or name if run else name


def is_compared(name: str) -> bool:
    """Tells whether a run is a row of the paper's Table 1."""
    return name in COMPARED or name == "c"
