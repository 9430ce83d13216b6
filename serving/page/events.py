"""The page's deeds: what each of its parts does when it is used.

In one file, since it is the one list of what may be asked of the page.
"""

import functools
import html
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from facedancer.inference.faces.choosing import NOBODY
from facedancer.utils.errors import UserError

from ..work.errors import for_strangers
from .controls import CONTROLS
from .desk import Desk
from .layout import KEEP, PERSONS, Parts
from .pictures import ATTENTION, FACES_FOUND
from .presets import Preset
from .shown import Updates, show, show_progress
from .swaps import Swaps, verified

_log = logging.getLogger(__name__)


Handler = Callable[..., Updates]


def in_one_line(error: Exception) -> str:
    """An error for the page: a sentence, without a path or a traceback."""
    if not isinstance(error, UserError):
        _log.exception("the page failed")
        return "The page failed at it; the window in which it was started says more."
    message = for_strangers(str(error))
    return message[:1].upper() + message[1:]


class Events:
    """Answers the page's parts.

    Args:
        parts: the page's.
        desk: looks and previews.
        swaps: swaps.
        presets: settings by name.
    """

    def __init__(self, parts: Parts, desk: Desk, swaps: Swaps, presets: list[Preset]) -> None:
        self._parts, self._desk, self._swaps = parts, desk, swaps
        self._presets = {one.name: one for one in presets}

    def connect(self, page: gr.Blocks) -> None:
        """Says what happens when."""
        parts, token = self._parts, self._parts.token
        everything = [
            parts.message, parts.browser, token, parts.selected, parts.timer, parts.notice,
            parts.main, parts.target, parts.photographs, *parts.people, parts.nobody,
            parts.which_nobody, parts.seed, parts.faces, parts.faces_hint, parts.person,
            parts.moment, parts.slider, parts.sheet, parts.sheet_hint, parts.swap, parts.cancel,
            parts.progress, parts.results, parts.picture, parts.film, parts.download,
            parts.download_report, parts.report, parts.face_table, parts.face_report, parts.lines,
        ]  # fmt: skip

        def on(
            event: Callable[..., Any],
            handler: Handler,
            inputs: list[Any],
            waiting: Any = None,
            otherwise: Handler | None = None,
            mode: str = "always_last",
        ) -> None:
            """Connects; ``waiting`` is the part that shows that the answer takes a while.

            Who clicks on while an answer is on its way gets what was clicked last, or nothing
            more where ``mode`` is "once".
            """
            event(
                self._answering(handler, otherwise),
                inputs,
                everything,
                show_progress="hidden" if waiting is None else "full",
                show_progress_on=waiting,
                trigger_mode=mode,
                api_visibility="private",  # Nobody calls the page but itself.
            )

        on(page.load, self.enter, [parts.browser])
        on(parts.agree.click, self.agree, [token])
        for event in (parts.target.upload, parts.target.clear):
            on(event, self.set_target, [token, parts.target], parts.slider, self._as_it_was)
        for number, part in enumerate(parts.people):
            for event in (part.upload, part.clear, part.delete):
                on(event, self._setter(number), [token, part], parts.faces, self._as_it_was)
        for event in (parts.nobody.input, parts.seed.input):
            on(event, self.set_nobody, [token, parts.nobody, parts.seed], None, self._as_it_was)
        on(parts.faces.select, self.select, [token])
        on(parts.person.input, self.choose, [token, parts.selected, parts.person])
        on(parts.everybody.click, self.choose_everybody, [token])
        look = [token, parts.moment, parts.view, *parts.controls]
        for event in (parts.moment.release, parts.view.input, parts.preview.click):
            on(event, self.preview, look, parts.slider)
        on(parts.swap.click, self.begin, [token, *parts.controls], parts.progress, None, "once")
        on(parts.cancel.click, self.cancel, [token])
        on(parts.timer.tick, self.watch, [token])
        on(parts.forget.click, self.forget, [token])
        alone = {"api_visibility": "private", "show_progress": "hidden"}
        parts.alive.tick(self._desk.visitors.touch, [token], None, **alone)
        parts.preset.input(self.take_preset, [parts.preset], parts.controls, **alone)
        for event in (parts.verify.upload, parts.verify.clear):
            event(
                self._answering(self.verify),
                [parts.verify],
                [parts.message, parts.verified],
                api_visibility="private",
                show_progress_on=parts.verified,
            )

    def _answering(self, handler: Handler, otherwise: Handler | None = None) -> Handler:
        """The handler; an error becomes the page's message, and what ``otherwise`` says."""

        @functools.wraps(handler)
        def answer(*arguments: Any) -> Updates:
            try:
                return {self._parts.message: "", **handler(*arguments)}
            except Exception as error:  # Whatever it is, the page goes on.
                updates = {} if otherwise is None else otherwise(*arguments)
                shown = f"<div role='alert'>{html.escape(in_one_line(error))}</div>"
                return {**updates, self._parts.message: shown}

        return answer

    def enter(self, token: str) -> Updates:
        """Shows what a visitor has, who may be new."""
        token = self._desk.visitors.enter(token or "")
        return {
            self._parts.browser: token,
            self._parts.token: token,
            self._parts.seed: self._desk.visitors.visit(token).seed,
            **self._files(token),
            **self._first_look(token),
        }

    def agree(self, token: str) -> Updates:
        """Notes that the visitor accepted the notice."""
        self._desk.visitors.change(token, has_agreed=True)
        return self._shown(token)

    def set_target(self, token: str, upload: str | None) -> Updates:
        """Takes what is to be swapped."""
        path = Path(upload) if upload else None
        self._desk.set_target(token, path, path.name if path else "")
        return self._first_look(token)

    def _setter(self, number: int) -> Callable[[str, list[str] | None], Updates]:
        def set_person(token: str, uploads: list[str] | None) -> Updates:
            self._desk.set_person(token, number, list(map(Path, uploads or ())))
            return self._shown(token)

        return set_person

    def set_nobody(self, token: str, is_on: bool, seed: float | None) -> Updates:
        """Makes person 1 nobody, or ends that."""
        self._desk.set_nobody(token, is_on, int(seed or 0))
        return {self._parts.people[0]: None, **self._shown(token)}

    def select(self, token: str, event: gr.SelectData) -> Updates:
        """Asks who the face that was clicked becomes."""
        face = int(event.index)
        visit = self._desk.visitors.visit(token)
        if not 0 <= face < len(visit.faces):
            return {self._parts.selected: None}
        person = visit.faces[face].person if visit.is_chosen else 0
        radio = gr.Radio(
            value=KEEP if person is None else PERSONS[person],
            label=f"Face {face + 1} becomes",
            visible=True,
        )
        return {self._parts.selected: face, self._parts.person: radio}

    def choose(self, token: str, face: int | None, person: str) -> Updates:
        """Gives the face that was clicked a person's."""
        if face is None:
            raise UserError("click a face first")
        chosen = PERSONS.index(person) if person in PERSONS else None
        self._desk.choose(token, face, chosen)
        return self._shown(token)

    def choose_everybody(self, token: str) -> Updates:
        """Gives all faces the first person's."""
        self._desk.choose_everybody(token)
        parts = self._parts
        return {**self._shown(token), parts.person: gr.Radio(visible=False), parts.selected: None}

    def preview(self, token: str, moment: float, view: str, *values: Any) -> Updates:
        """Shows one frame of the swap."""
        before, after = map(str, self._desk.preview(token, moment, _by_flag(values), view))
        parts, is_sheet = self._parts, view == ATTENTION
        return {
            **self._shown(token),
            parts.slider: gr.ImageSlider(value=(before, after), visible=not is_sheet),
            parts.sheet: gr.Image(value=after if is_sheet else None, visible=is_sheet),
            parts.sheet_hint: gr.Markdown(visible=is_sheet),
        }

    def take_preset(self, name: str) -> list[Any]:
        """Sets all controls as a preset says."""
        values = [self._presets[name].values[one.flag] for one in CONTROLS]
        return [list(one) if isinstance(one, tuple) else one for one in values]

    def begin(self, token: str, *values: Any) -> Updates:
        """Swaps, or begins to."""
        self._swaps.begin(token, _by_flag(values))
        return self._shown(token)

    def cancel(self, token: str) -> Updates:
        """Ends the film's swap."""
        self._swaps.cancel(token)
        return self._shown(token)

    def watch(self, token: str) -> Updates:
        """Shows how far the film is."""
        visit, status = self._swaps.watch(token)
        if visit.job:
            return {self._parts.progress: show_progress(status)}
        if status is not None and status.error:
            raise UserError(status.error)
        return self._shown(token)

    def forget(self, token: str) -> Updates:
        """Deletes all that the visitor has, who begins again."""
        self._desk.forget(token)
        return self.enter("")

    def verify(self, upload: str | None) -> Updates:
        """Says how a file is marked."""
        rows = verified(self._desk.engine, Path(upload)) if upload else []
        table = gr.Dataframe([list(row) for row in rows], visible=bool(rows))
        return {self._parts.verified: table}

    def _first_look(self, token: str) -> Updates:
        """The page with the faces that are found at the target's moment."""
        visit = self._desk.visitors.visit(token)
        slider = None
        if visit.target:
            slider = tuple(map(str, self._desk.preview(token, visit.moment, {}, FACES_FOUND)))
        return {**self._shown(token), self._parts.slider: gr.ImageSlider(slider, visible=True)}

    def _files(self, token: str) -> Updates:
        """The fields of files, as the visitor's folder has them."""
        visit, place = self._desk.visitors.visit(token), self._desk.visitors.place(token)
        updates: Updates = {self._parts.target: str(place / visit.target) if visit.target else None}
        for part, names in zip(self._parts.people, visit.people, strict=True):
            files = [str(place / name) for name in names if name != NOBODY]
            updates[part] = files or None
        return {**updates, self._parts.nobody: visit.has_nobody}

    def _as_it_was(self, token: str, *others: Any) -> Updates:
        """Takes a file that was refused out of its field."""
        try:
            return self._files(token)
        except UserError:
            return {}

    def _shown(self, token: str) -> Updates:
        visitors = self._desk.visitors
        return show(self._parts, visitors.place(token), visitors.visit(token))


def _by_flag(values: tuple[Any, ...]) -> dict[str, Any]:
    return {one.flag: value for one, value in zip(CONTROLS, values, strict=True)}
