"""Cutting one face out of a photograph that may be large."""

import numpy as np

from facedancer.utils.alignment import align_face, similarity_transform, template


def cut_face(
    image: np.ndarray, landmarks: np.ndarray, side: int, shrink_factor: float
) -> tuple[np.ndarray, np.ndarray]:
    """`align_face` of the surroundings alone: a photograph need not be reduced whole for a face.

    Args:
        image: ``[H, W, 3]`` uint8.
        landmarks: ``[5, 2]`` in its pixels.
        side: the crop's side in pixels.
        shrink_factor: see `utils.alignment.template`.

    Returns:
        The crop ``[side, side, 3]`` uint8, and the ``[2, 3]`` matrix from the image to it.
    """
    matrix = similarity_transform(landmarks, template(side, shrink_factor))
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]]) - matrix[:, 2]
    footprint = corners @ np.linalg.inv(matrix[:, :2]).T
    # What a pixel of the crop takes in, and twice that for its neighbours.
    margin = 3 * np.ceil(1 / np.sqrt(np.linalg.det(matrix[:, :2])))
    low = np.maximum(np.floor(footprint.min(0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(footprint.max(0) + margin), image.shape[1::-1]).astype(int)
    if (low >= high).any():  # A face that lies wholly outside.
        return align_face(image, landmarks, side, shrink_factor)
    surroundings = image[low[1] : high[1], low[0] : high[0]]
    pixels, _ = align_face(surroundings, landmarks - low, side, shrink_factor)
    return pixels, matrix
