"""The page without its looks: all that a visitor can do, in plain calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facedancer.inference.faces.choosing import NOBODY
from facedancer.inference.faces.identity_file import IDENTITY_SUFFIX, is_identity_file
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

from ..work.media import check_media, check_picture
from .engine import PageEngine
from .pictures import Pictures
from .preview import cut_faces, length_of, read_moment, recognised
from .visits import MOST_PEOPLE, SeenFace, Visit, Visitors, report_name


class Desk:
    """Answers visitors.

    Args:
        engine: swaps.
        visitors: keeps their files.
    """

    def __init__(self, engine: PageEngine, visitors: Visitors) -> None:
        self.engine, self.visitors = engine, visitors
        self._pictures = Pictures(engine, visitors)

    def set_target(self, token: str, upload: Path | None, name: str = "") -> Visit:
        """Takes what is to be swapped, and finds the faces of its beginning.

        Args:
            token: the visitor's.
            upload: a picture, an animation or a film; None: takes it away.
            name: what the visitor calls it.

        Raises:
            UserError: it is none of these, damaged, or too large.
        """
        before = self.visitors.visit(token)
        if before.job:
            raise UserError("a film is being swapped: wait for it, or cancel it")
        fields: dict[str, Any] = {
            "target": "",
            "name": "",
            "kind": "",
            "seconds": 0.0,
            "moment": 0.0,
            "faces": (),
            "is_chosen": False,
            "result": "",
            "lines": (),
            "report": (),
            "face_report": (),
        }
        if upload is not None:
            kind, suffix = check_media(upload, "file", self.engine.limits, name)
            seconds = 0.0 if kind == "picture" else length_of(upload)
            # Read before it is taken, so that a damaged one leaves nothing behind.
            read_moment(upload, kind, 0.0)
            taken = self.visitors.take(token, upload, f"target{suffix}")
            fields |= {"target": taken, "name": name, "kind": kind, "seconds": seconds}
        after = self.visitors.change(token, **fields)
        gone = [before.target, before.result, report_name(before.result)]
        self.visitors.drop(token, *gone, *(face.crop for face in before.faces))
        return self.look_at(token, 0.0) if after.target else after

    def set_person(self, token: str, person: int, uploads: Sequence[Path]) -> Visit:
        """Takes photographs of a person, or what was saved of them, in place of those there were.

        Raises:
            UserError: one is no picture, shows no face, or was saved by another encoder; then all
                stays as it was.
        """
        visit = self.visitors.visit(token)
        if not 0 <= person < MOST_PEOPLE:
            raise UserError(f"person must be 1 to {MOST_PEOPLE}")
        limits = self.engine.limits
        self.engine.check_photographs(uploads, "photograph")
        suffixes = [
            IDENTITY_SUFFIX if is_identity_file(one) else check_picture(one, "photograph", limits)
            for one in uploads
        ]
        if uploads:
            self.engine.make_roles(list(uploads), (), {})
        taken = tuple(
            self.visitors.take(token, one, f"person_{person + 1}{suffix}")
            for one, suffix in zip(uploads, suffixes, strict=True)
        )
        people = (*visit.people[:person], taken, *visit.people[person + 1 :])
        after = self.visitors.change(token, people=people)
        self.visitors.drop(token, *visit.people[person])
        return after

    def set_nobody(self, token: str, is_on: bool, seed: int = 0) -> Visit:
        """Makes person 1 nobody, an identity that belongs to no person; or ends that.

        Args:
            token: the visitor's.
            is_on: False leaves photographs as they are.
            seed: which nobody.

        Raises:
            UserError: this encoder cannot draw one, or there is no such seed.
        """
        visit = self.visitors.visit(token)
        if not is_on and not visit.has_nobody:
            return visit
        if is_on:
            place = self.visitors.place(token)
            self.engine.make_roles([place / NOBODY], (), {"seed": seed})
        people = ((NOBODY,) if is_on else (), *visit.people[1:])
        after = self.visitors.change(token, people=people, seed=seed)
        self.visitors.drop(token, *visit.people[0])
        return after

    def look_at(self, token: str, moment: float) -> Visit:
        """Finds the faces at a second of the target; those that were known keep their person."""
        visit = self.visitors.visit(token)
        moment = min(moment, visit.seconds)  # It may have been said of another film.
        sight = self._pictures.sight_of(token, visit, moment)
        known = recognised(visit.faces, sight)
        faces = list(visit.faces)
        for place, crop in enumerate(cut_faces(self.engine.swapper, sight)):
            if known[place] is None:
                path = self.visitors.fresh(token, "face.png")
                write_image(path, crop)
                own = tuple(float(one) for one in sight.seen.embeddings[place])
                faces.append(SeenFace(path.name, own, 0 if not visit.is_chosen else None))
        return self.visitors.change(token, faces=tuple(faces), moment=moment)

    def choose(self, token: str, face: int, person: int | None) -> Visit:
        """Gives one face, counted from 0, a person's; None: it stays as it is."""
        visit = self.visitors.visit(token)
        faces = [
            SeenFace(one.crop, one.identity, person if place == face else one.person)
            for place, one in enumerate(visit.faces)
        ]
        return self.visitors.change(token, faces=tuple(faces), is_chosen=True)

    def choose_everybody(self, token: str) -> Visit:
        """Gives all faces the first person's."""
        visit = self.visitors.visit(token)
        faces = tuple(SeenFace(one.crop, one.identity, 0) for one in visit.faces)
        return self.visitors.change(token, faces=faces, is_chosen=False)

    def preview(
        self, token: str, moment: float, values: Mapping[str, Any], view: str
    ) -> tuple[Path, Path]:
        """The frame at a second before, and a view of it after; nothing is written elsewhere.

        Args:
            token: the visitor's.
            moment: seconds.
            values: of the controls, by their flags.
            view: one of `pictures.ALL_VIEWS`.

        Returns:
            Two pictures in the visitor's folder; both are the same where there is nothing before.

        Raises:
            UserError: a file is missing yet, or the view cannot be drawn.
        """
        return self._pictures.draw(token, self.look_at(token, moment), values, view)

    def forget(self, token: str) -> None:
        """Deletes all that the visitor has here."""
        self.visitors.remove(token)
