"""The choice of faces that are swapped, and whose identity each gets."""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facedancer.retinaface.face import Face
from facedancer.utils.errors import UserError

from ..texture.source import SourceTexture
from .identity import unit
from .strength import LEAST_STRENGTH, MOST_STRENGTH

ALL, LARGEST, NTH = "all", "largest", "nth"
WHICH = (ALL, LARGEST, NTH)

# The source that means nobody, where no file is called so.
NOBODY = "nobody"
# The cosine from which on a face is too like an identity that is to hide it.
MOST_LIKE = 0.2

# Why a face is left alone: the words of the reports.
LOW_SCORE = "the detector is less sure than --min_score"
TOO_SMALL = "smaller than --min_face"
NOT_CHOSEN = "not the chosen face"
UNKNOWN = "looks like nobody of the reference photographs"
BETTER_MATCH = "another face looks more like that person"


def is_nobody(paths: Sequence[str | Path]) -> bool:
    """Tells whether a source asks for an identity that belongs to nobody."""
    return len(paths) == 1 and Path(paths[0]).name == NOBODY and not Path(paths[0]).exists()


@dataclasses.dataclass(frozen=True, eq=False)
class Role:
    """An identity, and who gets it.

    Attributes:
        identity: ``[512]``, what a face gets.
        reference: ``[512]``, the identity of whoever is to get it; None: anybody.
        name: for reports.
        others: identities in reserve: a face that is like ``identity`` by `MOST_LIKE` gets the
            first of them that it is not like. For whoever is to become somebody else.
        texture: the person's own skin, to be fitted in; None: there is no photograph, or it is not
            to be.
    """

    identity: np.ndarray
    reference: np.ndarray | None = None
    name: str = ""
    others: tuple[np.ndarray, ...] = ()
    texture: SourceTexture | None = None

    def given_to(self, own: np.ndarray | None) -> np.ndarray:
        """The identity for a face: the first that it is not like; of all alike, the least.

        Args:
            own: ``[512]``, the face's own; None: nobody asks.
        """
        if own is None or not self.others:
            return self.identity
        every = [self.identity, *self.others]
        likeness = [float(unit(one) @ unit(own)) for one in every]
        free = [one for one, like in zip(every, likeness, strict=True) if like < MOST_LIKE]
        return free[0] if free else every[int(np.argmin(likeness))]


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """A choice of faces.

    Attributes:
        roles: one without a reference; or several with one each.
        which: of the faces of a picture, without references: all, the largest, or the nth.
        nth: from the left, from 0; for ``which="nth"``.
        threshold: the least cosine between a face and a reference for them to be one person, see
            `one_person_cosine`.
        min_score: of the detector; a face below it is left alone.
        min_size: of the box's shorter side in pixels; a face below it is left alone.
        strength: how far a face goes from its own identity, 0, to the one that it gets, 1, or
            beyond, see `strength.steer`; 0 to 1.5.
        tracks: in a video, the numbers of the tracks that alone are swapped, as `list_tracks` and
            reports give them; none: `which` or the references say.
    """

    roles: Sequence[Role]
    which: str = ALL
    nth: int = 0
    threshold: float = 0.3
    min_score: float = 0.0
    min_size: float = 0.0
    strength: float = 1.0
    tracks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not LEAST_STRENGTH <= self.strength <= MOST_STRENGTH:
            raise UserError(
                f"strength must be {LEAST_STRENGTH:g} to {MOST_STRENGTH:g}, not {self.strength}"
            )
        if self.which not in WHICH:
            raise ValueError(f"which={self.which!r}: one of {', '.join(WHICH)}")
        with_reference = [role for role in self.roles if role.reference is not None]
        if self.tracks and (with_reference or self.which != ALL):
            raise UserError(
                "track numbers already choose who is swapped: leave out the other choice (which, "
                "references or a mapping)"
            )
        if any(number < 0 for number in self.tracks):
            raise UserError(f"tracks are numbered from 0, not {min(self.tracks)}")
        if not self.roles or (with_reference and len(with_reference) != len(self.roles)):
            raise ValueError("every role has a reference, or there is one role without")
        if not with_reference and len(self.roles) > 1:
            raise ValueError("several roles need references to tell who gets which")

    @property
    def has_references(self) -> bool:
        """Tells whether people are looked for by their own looks."""
        return self.roles[0].reference is not None

    @property
    def needs_embeddings(self) -> bool:
        """Tells whether faces' own identities are asked for."""
        return self.has_references or self.strength != 1 or any(r.others for r in self.roles)

    @property
    def needs_embeddings_over_time(self) -> bool:
        """Tells whether a video's faces are told apart by identity: a choice that is kept."""
        return self.needs_embeddings or not self.takes_all

    @property
    def takes_all(self) -> bool:
        """Tells whether every face is swapped that comes into question."""
        return self.which == ALL and not self.tracks

    def fingerprint(self) -> str:
        """Equal for equal choices."""
        total = hashlib.sha256()
        for role in self.roles:
            for vector in (role.identity, role.reference, *role.others):
                total.update(b"none" if vector is None else np.float32(vector).tobytes())
            if role.texture is not None:
                total.update(role.texture.fingerprint())
        rest = (
            self.which,
            self.nth,
            self.threshold,
            self.min_score,
            self.min_size,
            self.strength,
            self.tracks,
        )
        total.update(repr(rest).encode())
        return total.hexdigest()

    def refused(self, face: Face, part: float = 1.0) -> str:
        """Says why a face is out of the question by such a part of the limits; "" if it is not."""
        if face.score < part * self.min_score:
            return LOW_SCORE
        if min(face.box[2] - face.box[0], face.box[3] - face.box[1]) < part * self.min_size:
            return TOO_SMALL
        return ""

    def pick(self, faces: Sequence[Face]) -> set[int]:
        """Places of the faces that are swapped, where there are no references."""
        if self.which == ALL:
            return set(range(len(faces)))
        order = sorted(range(len(faces)), key=lambda place: _order(faces[place], self.which))
        place = 0 if self.which == LARGEST else self.nth
        return set(order[place : place + 1])

    def recognise(self, likeness: np.ndarray) -> list[int | None]:
        """Finds the role that each face looks like; a role goes to one face alone.

        Args:
            likeness: ``[N, R]`` cosines; below `threshold` it is nobody.
        """
        return assign(likeness, likeness >= self.threshold)

    def likeness(self, identities: Sequence[np.ndarray]) -> np.ndarray:
        """``[N, R]`` cosines between N identities and the references."""
        references = np.stack([unit(role.reference) for role in self.roles])
        return np.stack([unit(identity) for identity in identities]) @ references.T


def assign(rank: np.ndarray, is_possible: np.ndarray) -> list[int | None]:
    """Gives roles to faces, the likest first; no face and no role twice.

    Args:
        rank: ``[N, R]`` of N faces and R roles, the higher the earlier.
        is_possible: ``[N, R]`` bool.

    Returns:
        Each face's role; None: it has none.
    """
    roles: list[int | None] = [None] * len(rank)
    taken: set[int] = set()
    for flat in np.argsort(-rank, axis=None, kind="stable"):
        place, role = divmod(int(flat), rank.shape[1])
        if is_possible[place, role] and roles[place] is None and role not in taken:
            roles[place] = role
            taken.add(role)
    return roles


def mean_identity(embeddings: np.ndarray, weights: Sequence[int] | None = None) -> np.ndarray:
    """One identity of several photographs of a person.

    The mean of the unit identities, made as long as they are in the mean.

    Args:
        embeddings: ``[N, 512]``.
        weights: ``[N]``, how many photographs each stands for; None: one.

    Returns:
        ``[512]`` float32.
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    direction = unit(np.average(embeddings / lengths, axis=0, weights=weights))
    length = np.average(lengths[:, 0], weights=weights)
    return (direction * length).astype(np.float32)


def _order(face: Face, which: str) -> float:
    if which == LARGEST:
        return -float((face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))
    return float(face.box[0] + face.box[2])
