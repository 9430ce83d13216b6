"""The page's tab on trainings: state, alarms, curves and samples, looked at again as a run goes on.

Its pictures are made in memory and are sent within the answers: no file of a run is served.
"""

import base64
import dataclasses
import html
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

from facedancer.utils.errors import UserError

from .answers import in_one_line
from .shown import Updates
from .training_pictures import draw_curves, find_samples, read_sample
from .training_run import Progress, Runs, read_progress, stamp_of
from .training_words import describe

# Seconds between two looks while the tab is open.
_EVERY_S = 10.0


@dataclasses.dataclass(frozen=True)
class Shown:
    """The things that a browser has, so that only what is new is sent.

    Attributes:
        names: of the runs to choose from.
        name: of the run.
        log: see `training_run.stamp_of`.
        samples: how many there were.
        sample: the one that is shown.
    """

    names: tuple[str, ...] = ()
    name: str = ""
    log: tuple[int, int] | None = None
    samples: int = 0
    sample: Path | None = None


class TrainingTab:
    """The tab "Training".

    To be made within ``with gr.Blocks()`` and outside of all tabs, as its timer lies in none.

    Args:
        runs: those to choose from.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._timer = gr.Timer(_EVERY_S, active=False)
        self._shown = gr.State(None)

    def build(self) -> None:
        """Lays the tab out; within ``with gr.Tabs()``."""
        with gr.Tab("Training", elem_id="training") as self._tab:
            self._run = gr.Dropdown(
                label="Training", visible=False, interactive=True, elem_id="run", buttons=[]
            )
            self._progress = gr.HTML("", elem_id="run_progress", elem_classes="progress")
            self._curves = gr.HTML("", elem_id="run_curves", elem_classes="wide")
            self._number = gr.Slider(
                1,
                2,
                1,
                step=1,
                label="Samples, from the first to the newest",
                visible=False,
                buttons=[],
                elem_id="run_number",
            )
            self._sample = gr.HTML("", elem_id="run_sample", elem_classes="wide")

    def connect(self, others: Sequence[gr.Tab]) -> None:
        """Says what happens when.

        Args:
            others: the page's other tabs.
        """
        inputs = [self._run, self._number, self._shown]
        everything = [
            self._timer, self._shown, self._run, self._progress, self._curves, self._number,
            self._sample,
        ]  # fmt: skip
        alone = {
            "api_visibility": "private",
            "show_progress": "hidden",
            # One after the other, since each goes on from what the last one showed.
            "concurrency_id": "training",
            "concurrency_limit": 1,
        }
        for event, handler in (
            (self._tab.select, self.enter),
            (self._run.input, self.look),
            (self._number.input, self.look),
            (self._timer.tick, self.look_again),
        ):
            event(handler, inputs, everything, trigger_mode="always_last", **alone)
        for tab in others:
            tab.select(self.leave, None, self._timer, **alone)

    def enter(self, name: str | None, number: float, shown: Shown | None) -> Updates:
        """Shows all, and looks again from now on until the tab is left or the run is finished."""
        return self.look(name, number, None)

    def leave(self) -> gr.Timer:
        """Looks no more."""
        return gr.Timer(active=False)

    def look(self, name: str | None, number: float, shown: Shown | None) -> Updates:
        """Shows what is new of a run.

        Args:
            name: one of `Runs.find`; any other stands for the run that logged last.
            number: of the sample, from 1; the newest one stays the newest.
            shown: what the browser has; None: nothing.
        """
        updates, is_over = self._look(name, number, shown or Shown())
        return {**updates, self._timer: gr.Timer(active=not is_over)}

    def look_again(self, name: str | None, number: float, shown: Shown | None) -> Updates:
        """`look`, but the timer is never started: the tab may have been left meanwhile."""
        updates, is_over = self._look(name, number, shown or Shown())
        return {**updates, self._timer: gr.Timer(active=False)} if is_over else updates

    def _look(self, name: str | None, number: float, shown: Shown) -> tuple[Updates, bool]:
        """Finds what is new, and tells whether nothing more will be."""
        try:
            runs = self._runs.find()
        except UserError as error:
            return self._blank(error), False
        if name not in runs:
            name = max(runs, key=lambda one: stamp_of(runs[one]) or (0, 0))
        place, samples = runs[name], find_samples(runs[name])
        if shown.name != name or number >= shown.samples:
            number = len(samples)
        number = max(1, min(int(number), len(samples)))
        new = Shown(
            tuple(runs),
            name,
            stamp_of(place),
            len(samples),
            samples[number - 1][1] if samples else None,
        )
        text, progress = _progress(place)
        updates: Updates = {self._shown: new, self._progress: text}
        if new.names != shown.names:
            updates[self._run] = gr.Dropdown(list(runs), value=name, visible=len(runs) > 1)
        if (new.name, new.log) != (shown.name, shown.log):
            # Of a log that cannot be read, one line is enough.
            updates[self._curves] = "" if progress is None else _tried(lambda: _curves(place))
        if (new.name, new.samples) != (shown.name, shown.samples):
            updates[self._number] = gr.Slider(
                maximum=max(2, len(samples)), value=number, visible=len(samples) > 1
            )
        if (new.name, new.sample) != (shown.name, shown.sample):
            updates[self._sample] = _tried(lambda: _sample(*samples[number - 1])) if samples else ""
        # What belongs to the last step is still written when its first line is there.
        return updates, progress is not None and progress.is_finished and progress.is_quiet

    def _blank(self, error: UserError) -> Updates:
        return {
            self._shown: None,
            self._run: gr.Dropdown([], value=None, visible=False),
            self._progress: _line(error),
            self._curves: "",
            self._number: gr.Slider(visible=False),
            self._sample: "",
        }


def _progress(place: Path) -> tuple[str, Progress | None]:
    """A run in words; and in numbers, if they can be read."""
    try:
        progress = read_progress(place, time.time())
    except Exception as error:  # Whatever it is, the page goes on.
        return _line(error), None
    return describe(progress), progress


def _curves(place: Path) -> str:
    return _picture("png", draw_curves(place), "curves by step")


def _sample(step: int, path: Path) -> str:
    name = f"samples at step {step:,}"
    head = "<div>Step {}: each row is a pair; the names stand above the columns.</div>"
    return head.format(f"{step:,}") + _picture("jpeg", read_sample(path), name)


def _picture(kind: str, content: bytes, words: str) -> str:
    """A picture that needs no file to be served."""
    data = base64.b64encode(content).decode()
    return f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(words)}">'


def _tried(make: Callable[[], str]) -> str:
    """Calls it; where that fails, one line says why."""
    try:
        return make()
    except Exception as error:  # Whatever it is, the page goes on.
        return _line(error)


def _line(error: Exception) -> str:
    return f"<div>{html.escape(in_one_line(error))}</div>"
