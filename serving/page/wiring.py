"""Connects the page's parts with its deeds, in the order in which these are to be answered."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from .answers import Answers, Handler
from .events import Events
from .layout import Parts
from .pictures import ALL_VIEWS, FACES_FOUND
from .presets import Preset, preset_script

# In JavaScript, since what is asked for next is asked for with it: the view of a new target, and
# that of *Preview*, which nobody needs to see the faces that were found.
_FIRST_VIEW = f"() => [{json.dumps(FACES_FOUND)}]"
_SWAPPED_VIEW = (
    f"(view) => [view === {json.dumps(FACES_FOUND)} ? {json.dumps(ALL_VIEWS[0])} : view]"
)


def connect(page: gr.Blocks, parts: Parts, events: Events, presets: list[Preset]) -> None:
    """Connects the page's parts with its deeds; within ``with gr.Blocks()``.

    Args:
        page: the page.
        parts: the page's.
        events: the deeds.
        presets: settings by name.
    """
    answers, token = Answers(parts.message), parts.token
    everything = [
        parts.message, parts.browser, token, parts.timer, parts.notice, parts.main, parts.target,
        parts.photographs, *parts.people, parts.nobody, parts.which_nobody, parts.seed,
        parts.faces, parts.faces_hint, parts.person, parts.moment, parts.slider, parts.sheet,
        parts.sheet_hint, parts.swap, parts.cancel, parts.progress, parts.results, parts.picture,
        parts.film, parts.download, parts.download_report, parts.report, parts.face_table,
        parts.face_report, parts.lines, parts.verified,
    ]  # fmt: skip
    # Nobody calls the page but itself.
    silent = {"api_visibility": "private", "show_progress": "hidden"}

    def on(
        event: Callable[..., Any],
        handler: Handler,
        inputs: list[Any],
        waiting: Any = None,
        otherwise: Handler | None = None,
        mode: str = "multiple",
        needs_all: bool = False,
        only_last: str = "",
    ) -> None:
        """Connects what uses or changes a visitor's things: it is answered in turn.

        Args:
            event: of a part.
            handler: a deed; its inputs come as the browser has them.
            inputs: parts, the first one names the visitor.
            waiting: the part that shows that the answer takes a while.
            otherwise: see `Answers.in_turn`.
            mode: while an answer is on its way, further clicks are all answered ("multiple"), the
                last of them is ("always_last"), or none ("once").
            needs_all: see `Answers.in_turn`.
            only_last: likewise; it is for what only shows something.
        """
        event(
            answers.in_turn(handler, otherwise, waiting is not None, needs_all, only_last),
            inputs,
            everything,
            show_progress="hidden" if waiting is None else "full",
            show_progress_on=waiting,
            trigger_mode=mode,
            # Both keep the order, see `Answers.in_turn`, which also says how many go on at once.
            concurrency_id="visit",
            preprocess=False,
            concurrency_limit=None,
            api_visibility="private",
        )

    loaded = page.load(answers.at_once(events.enter), [parts.browser], everything, **silent)
    on(loaded.then, events.look, [token], parts.slider)
    on(parts.agree.click, events.agree, [token])
    parts.target.upload(None, None, [parts.view], js=_FIRST_VIEW, **silent)
    for event in (parts.target.upload, parts.target.clear):
        given = [token, parts.target]
        on(event, events.set_target, given, parts.slider, events.target_as_it_was)
    for number, part in enumerate(parts.people):
        for event in (part.upload, part.clear, part.delete):
            on(event, events.setter(number), [token, part], parts.faces, events.as_it_was)
    for event in (parts.nobody.input, parts.seed.input):
        given = [token, parts.nobody, parts.seed]
        on(event, events.set_nobody, given, None, events.as_it_was)
    on(parts.faces.select, events.select, [token], only_last="select")
    on(parts.person.input, events.choose, [token, parts.person])
    on(parts.everybody.click, events.choose_everybody, [token])
    # In the browser too: a click right after it has the new values.
    script = preset_script(presets)
    parts.preset.input(None, [parts.preset], parts.controls, js=script, **silent)
    parts.preview.click(None, [parts.view], [parts.view], js=_SWAPPED_VIEW, **silent)
    for event in (parts.moment.release, parts.view.input, parts.preview.click):
        given = [token, parts.moment, parts.view, *parts.controls]
        on(
            event, events.preview, given, parts.slider, None, "always_last", needs_all=True,
            only_last="preview",
        )  # fmt: skip
    given = [token, *parts.controls]
    on(parts.swap.click, events.begin, given, parts.progress, None, "once", needs_all=True)
    on(parts.cancel.click, events.cancel, [token])
    on(parts.timer.tick, events.watch, [token], None, None, "always_last", only_last="watch")
    on(parts.forget.click, events.forget, [token], None, None, "once")
    parts.alive.tick(events.stay, [token], None, **silent)
    for event in (parts.verify.upload, parts.verify.clear):
        on(event, events.verify, [token, parts.verify], parts.verified, only_last="verify")
