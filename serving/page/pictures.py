"""Pictures that a visitor is shown of one moment of the target, and what is kept to draw them."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from facedancer.inference.blending.blender import Blending
from facedancer.inference.core.frames import SwappedFrame
from facedancer.inference.faces.choosing import Role
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import swap_choice, swap_settings
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

from .attention import AttentionView
from .controls import chosen_options
from .engine import ROLES, PageEngine, roles_option
from .preview import Sight, look, read_moment, recognised, try_swap
from .views import VIEWS, draw_faces
from .visits import Visit, Visitors

FACES_FOUND, ATTENTION = "Faces found", "What the network looks at"
ALL_VIEWS = (*VIEWS, FACES_FOUND, ATTENTION)
# Frames and people that are kept in memory, so that the next click is quick.
_SIGHTS, _PEOPLE = 4, 64


class Pictures:
    """Draws views into the visitors' folders.

    Args:
        engine: swaps.
        visitors: keeps their files.
    """

    def __init__(self, engine: PageEngine, visitors: Visitors) -> None:
        self._engine, self._visitors = engine, visitors
        self._attention = AttentionView(engine.swapper)
        # A file's name is never used again, so its content does not change.
        self._sight = functools.lru_cache(_SIGHTS)(self._look)
        self._roles = functools.lru_cache(_PEOPLE)(self._made_roles)

    def sight_of(self, token: str, visit: Visit, moment: float) -> Sight:
        """The target at a second, and its faces.

        Raises:
            UserError: there is no target, or it cannot be read.
        """
        if not visit.target:
            raise UserError("add a picture or a film first")
        return self._sight(self._visitors.place(token) / visit.target, visit.kind, float(moment))

    def draw(
        self, token: str, visit: Visit, values: Mapping[str, Any], view: str
    ) -> tuple[Path, Path]:
        """The target at the visit's moment before, and a view of it after; see `Desk.preview`."""
        sight = self.sight_of(token, visit, visit.moment)
        if view == FACES_FOUND:
            numbers = [None if one is None else one + 1 for one in recognised(visit.faces, sight)]
            after = draw_faces(sight, numbers)
        else:
            if not sight.seen.faces:
                raise UserError("no face was found here: try another moment, or a larger picture")
            blending = swap_settings(self._settings(values)).blending
            done = self._tried(token, visit, sight, values, blending)
            if view == ATTENTION:
                sheet = self._written(token, self._attention.draw(done))
                return sheet, sheet
            after = VIEWS[view](done, blending)
        return self._written(token, sight.image), self._written(token, after)

    def _tried(
        self,
        token: str,
        visit: Visit,
        sight: Sight,
        values: Mapping[str, Any],
        blending: Blending,
    ) -> SwappedFrame:
        names, options = roles_option(visit)
        settings = self._settings(values)
        place = self._visitors.place(token)
        sources = tuple(place / name for name in names)
        made = self._roles(sources, _frozen(options), options.get("seed", 0), settings.texture)
        swapper = self._engine.swapper
        choice = swap_choice(settings, made, swapper.encoder)
        return try_swap(swapper, sight, choice, blending)

    def _settings(self, values: Mapping[str, Any]) -> SwapFlags:
        return self._engine.read_options(chosen_options(values, self._engine.defaults))

    def _look(self, target: Path, kind: str, moment: float) -> Sight:
        return look(self._engine.swapper, read_moment(target, kind, moment))

    def _made_roles(
        self, sources: tuple[Path, ...], roles: tuple[Any, ...], seed: int, texture: str
    ) -> list[Role]:
        options: dict[str, Any] = {"seed": seed, "texture": texture}
        if roles:
            options[ROLES] = [{"photographs": places, "face": face} for places, face in roles]
        return self._engine.make_roles(list(sources), (), options)

    def _written(self, token: str, image: np.ndarray) -> Path:
        place = self._visitors.place(token)
        # The last ones may still be on their way to the browser.
        old = sorted(place.glob("shown_*.jpg"), key=lambda one: one.stat().st_mtime)
        for path in old[:-6]:
            path.unlink(missing_ok=True)
        path = self._visitors.fresh(token, "shown.jpg")
        write_image(path, image, quality=92)
        return path


def _frozen(options: Mapping[str, Any]) -> tuple[Any, ...]:
    """The roles as something that can be a key."""
    return tuple((tuple(one["photographs"]), tuple(one["face"])) for one in options.get(ROLES, ()))
