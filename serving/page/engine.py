"""The engine of the page: several people at once, each for the faces that were clicked."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from facedancer.inference.default_networks import ON
from facedancer.inference.faces.choosing import NOBODY, Role
from facedancer.inference.jobs.sources import role_of
from facedancer.inference.swap_flags import SwapFlags
from facedancer.utils.errors import UserError

from ..work.engine import Engine
from .visits import Visit

# Besides `work.options.OPTIONS`, in a job's options: who gets whose face.
ROLES = "roles"


class PageEngine(Engine):
    """`Engine`, whose options may name the faces that the visitor clicked; see `roles_option`."""

    def read_options(self, given: Mapping[str, object]) -> SwapFlags:
        """See `Engine.read_options`."""
        return super().read_options({name: one for name, one in given.items() if name != ROLES})

    def make_roles(
        self,
        sources: Sequence[Path],
        reference: Sequence[Path],
        options: Mapping[str, object],
    ) -> list[Role]:
        """See `Engine.make_roles`."""
        if ROLES not in options:
            return super().make_roles(sources, reference, options)
        settings, roles = self.read_options(options), []
        for number, given in enumerate(options[ROLES]):
            # There is no such file next to the photographs.
            own = [sources[one] for one in given["photographs"]] or [sources[0].with_name(NOBODY)]
            role = role_of(
                self.swapper,
                own,
                seed=settings.seed + number,
                with_texture=settings.texture == ON,
            )
            roles.append(dataclasses.replace(role, reference=np.array(given["face"], np.float32)))
        return roles


def roles_option(visit: Visit) -> tuple[list[str], dict[str, object]]:
    """The photographs of a visitor's swap, and the option that says who gets which.

    Returns:
        The photographs' names; and where not everybody gets the first person's face
        ``{"roles": [{"photographs": places in the names, "face": 512 numbers}, ...]}``, without a
        photograph for nobody's; and where there is nobody, the ``"seed"``.

    Raises:
        UserError: there are no photographs, or nobody gets a face.
    """
    seed = {"seed": visit.seed} if visit.has_nobody else {}
    if not visit.is_chosen:
        if not visit.people[0]:
            raise UserError("add at least one photograph of person 1, whose face is to be put in")
        return list(visit.people[0]), seed
    given = [(face, face.person) for face in visit.faces if face.person is not None]
    if not given:
        raise UserError(
            "every face is set to stay unchanged: click one and choose whose face it gets"
        )
    names: list[str] = []
    places: dict[int, list[int]] = {}
    for _, person in given:
        if not visit.people[person]:
            raise UserError(f"add at least one photograph of person {person + 1}")
        if person == 0 and visit.has_nobody:
            places[person] = []
        elif person not in places:
            places[person] = list(range(len(names), len(names) + len(visit.people[person])))
            names += visit.people[person]
    roles = [{"photographs": places[person], "face": list(face.identity)} for face, person in given]
    return names or [NOBODY], {ROLES: roles, **seed}
