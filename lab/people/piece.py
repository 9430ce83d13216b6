"""A thing that is worn, as a mesh of its own."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Piece:
    """Triangles in the head's frame."""

    vertices: np.ndarray  # [N, 3] float32 decimetres
    faces: np.ndarray  # [F, 3] int32
    uv: np.ndarray  # [N, 2] float32 in 0..1


def sheet(grid: np.ndarray) -> Piece:
    """Joins the neighbours of a grid of points ``[rows, columns, 3]``."""
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
    )
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    uv = np.stack([u, v], -1).reshape(-1, 2)
    return Piece(
        grid.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), uv.astype(np.float32)
    )


def joined(pieces: list[Piece]) -> Piece:
    """Several as one."""
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces[:-1])])
    return Piece(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate(
            [piece.faces + start for piece, start in zip(pieces, starts, strict=True)],
            dtype=np.int32,
        ),
        np.concatenate([piece.uv for piece in pieces]),
    )


def ellipsoid(middle: np.ndarray, radii: np.ndarray, rings: int = 6, spokes: int = 10) -> Piece:
    """A ball about ``middle``, stretched along the axes."""
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, spokes + 1), indexing="ij"
    )
    ball = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], -1)
    return sheet(ball * radii + middle)


def tube(path: np.ndarray, aside: np.ndarray, thick: float, spokes: int = 8) -> Piece:
    """A round tube along points ``[N, 3]``.

    Args:
        path: its middle.
        aside: ``[N, 3]`` unit vectors square to the path.
        thick: its radius in decimetres.
    """
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    other = np.cross(along, aside)
    turn = np.linspace(0, 2 * np.pi, spokes + 1)
    around = aside[:, None] * np.cos(turn)[:, None] + other[:, None] * np.sin(turn)[:, None]
    return sheet(path[:, None] + thick * around)
