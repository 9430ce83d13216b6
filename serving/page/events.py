"""The page's deeds: what each of its parts does when it is used.

What sets which of them off is in `wiring.py`. Files come as Gradio has them in events.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from facedancer.inference.faces.choosing import NOBODY
from facedancer.utils.errors import UserError

from .controls import CONTROLS
from .desk import Desk
from .layout import KEEP, PERSONS, Parts
from .pictures import ATTENTION, FACES_FOUND
from .shown import Updates, show, show_progress, show_way_in
from .swaps import Swaps, verified

Upload = Mapping[str, Any]


class Events:
    """Answers the page's parts.

    Args:
        parts: the page's.
        desk: looks and previews.
        swaps: swaps.
    """

    def __init__(self, parts: Parts, desk: Desk, swaps: Swaps) -> None:
        self._parts, self._desk, self._swaps = parts, desk, swaps

    def enter(self, token: str) -> Updates:
        """Shows what a visitor has, who may be new."""
        token = self._desk.visitors.enter(token or "")
        visit = self._desk.visitors.visit(token)
        return {
            self._parts.browser: token,
            self._parts.token: token,
            self._parts.seed: visit.seed,
            **show_way_in(self._parts, visit.has_agreed),
            **self._files(token),
            **self._shown(token),
        }

    def look(self, token: str) -> Updates:
        """Shows the faces that are found at the target's moment."""
        visit, pictures = self._desk.visitors.visit(token), None
        if visit.target:
            pictures = self._desk.preview(token, visit.moment, {}, FACES_FOUND)
        return {**self._shown(token), **self._pictured(pictures)}

    def agree(self, token: str) -> Updates:
        """Notes that the visitor accepted the notice."""
        self._desk.visitors.change(token, has_agreed=True)
        return {**show_way_in(self._parts, True), **self._shown(token)}

    def set_target(self, token: str, upload: Upload | None) -> Updates:
        """Takes what is to be swapped."""
        path = Path(upload["path"]) if upload else None
        self._desk.set_target(token, path, path.name if path else "")
        return {**self.look(token), self._parts.person: gr.Radio(visible=False)}

    def setter(self, number: int) -> Callable[[str, list[Upload] | None], Updates]:
        """The deed that takes photographs of a person, counted from 0."""

        def set_person(token: str, uploads: list[Upload] | None) -> Updates:
            self._desk.set_person(token, number, [Path(one["path"]) for one in uploads or ()])
            return self._shown(token)

        return set_person

    def set_nobody(self, token: str, is_on: bool, seed: float | None) -> Updates:
        """Makes person 1 nobody, or ends that."""
        self._desk.set_nobody(token, is_on, int(seed or 0))
        return {self._parts.people[0]: None, **self._shown(token)}

    def select(self, token: str, event: gr.SelectData) -> Updates:
        """Asks who the face that was clicked becomes."""
        number, visit = int(event.index), self._desk.visitors.visit(token)
        if not 0 <= number < len(visit.faces):
            return {self._parts.person: gr.Radio(visible=False)}
        face = visit.faces[number]
        person = face.person if visit.is_chosen else 0
        # Each choice names its face, whatever is clicked before the page knows.
        choices = [(name, f"{face.crop} {name}") for name in (*PERSONS, KEEP)]
        chosen = choices[-1 if person is None else person][1]
        label = f"Face {number + 1} becomes"
        return {self._parts.person: gr.Radio(choices, value=chosen, label=label, visible=True)}

    def choose(self, token: str, chosen: str) -> Updates:
        """Gives a face a person's, by one of the choices of `select`."""
        crop, _, name = str(chosen).partition(" ")
        crops = [one.crop for one in self._desk.visitors.visit(token).faces]
        if crop not in crops:
            raise UserError("this face is no longer there: click another one")
        person = PERSONS.index(name) if name in PERSONS else None
        self._desk.choose(token, crops.index(crop), person)
        return self._shown(token)

    def choose_everybody(self, token: str) -> Updates:
        """Gives all faces the first person's."""
        self._desk.choose_everybody(token)
        return {**self._shown(token), self._parts.person: gr.Radio(visible=False)}

    def preview(self, token: str, moment: float, view: str, *values: Any) -> Updates:
        """Shows one frame, as the view says."""
        pictures = self._desk.preview(token, float(moment or 0), _by_flag(values), view)
        return {**self._shown(token), **self._pictured(pictures, view == ATTENTION)}

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
        return {
            **self.enter(""),
            **self._pictured(None),
            self._parts.person: gr.Radio(visible=False),
        }

    def stay(self, token: str) -> None:
        """Notes that the visitor is still there."""
        self._desk.visitors.touch(token)

    def verify(self, token: str, upload: Upload | None) -> Updates:
        """Says how a file is marked."""
        rows = verified(self._desk.engine, Path(upload["path"])) if upload else []
        table = gr.Dataframe([list(row) for row in rows], visible=bool(rows))
        return {self._parts.verified: table}

    def as_it_was(self, token: str, *others: Any) -> Updates:
        """Takes a file that was refused out of its field."""
        try:
            return self._files(token)
        except UserError:
            return {}

    def target_as_it_was(self, token: str, *others: Any) -> Updates:
        """Likewise, and shows the faces of the target that there was."""
        try:
            return {**self._files(token), **self.look(token)}
        except UserError:
            return {}

    def _pictured(self, pictures: tuple[Path, Path] | None, is_sheet: bool = False) -> Updates:
        """The picture before and after; or one sheet, which both are."""
        parts, shown = self._parts, None if pictures is None else tuple(map(str, pictures))
        return {
            parts.slider: gr.ImageSlider(value=shown, visible=not is_sheet),
            parts.sheet: gr.Image(value=shown[1] if shown and is_sheet else None, visible=is_sheet),
            parts.sheet_hint: gr.Markdown(visible=is_sheet),
        }

    def _files(self, token: str) -> Updates:
        """The fields of files, as the visitor's folder has them."""
        visit, place = self._desk.visitors.visit(token), self._desk.visitors.place(token)
        updates: Updates = {self._parts.target: str(place / visit.target) if visit.target else None}
        for part, names in zip(self._parts.people, visit.people, strict=True):
            files = [str(place / name) for name in names if name != NOBODY]
            updates[part] = files or None
        return {**updates, self._parts.nobody: visit.has_nobody}

    def _shown(self, token: str) -> Updates:
        visitors = self._desk.visitors
        return show(self._parts, visitors.place(token), visitors.visit(token))


def _by_flag(values: tuple[Any, ...]) -> dict[str, Any]:
    return {one.flag: value for one, value in zip(CONTROLS, values, strict=True)}
