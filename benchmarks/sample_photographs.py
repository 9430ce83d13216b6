"""Photographs of camera size, composed of the two that ship: a person before a blur of colours."""

from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.images import encode_image, read_image

PHOTOS = Path(__file__).resolve().parents[1] / "assets" / "photos"
PEOPLE = ("eileen_collins/astronaut.png", "grace_hopper/grace_hopper.jpg")
# Of the sensor, in grey levels: with it the files are as large as a camera's, and as slow to read.
_NOISE = 4.0
_QUALITY = 93


def write_photographs(folder: Path, count: int, size: tuple[int, int], seed: int = 0) -> None:
    """Writes ``count`` JPEG files, each with one person somewhere, 0.5 to 0.95 of its height.

    Args:
        folder: gets a sub-folder for each person.
        count: number of photographs.
        size: width and height in pixels; every other photograph is upright.
        seed: of all that is random.
    """
    rng = np.random.default_rng(seed)
    for number in range(count):
        person = PEOPLE[number % 2]
        width, height = size if number // 2 % 2 == 0 else size[::-1]
        image = _compose(read_image(PHOTOS / person), width, height, rng)
        path = folder / Path(person).parent / f"{width}x{height}_{number:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_image(image, ".jpg", _QUALITY))


def _compose(person: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(30, 220, (9, 12, 3), np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    scale = rng.uniform(0.5, 0.95) * min(height / person.shape[0], width / person.shape[1])
    person = cv2.resize(person, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top = rng.integers(0, height - person.shape[0] + 1)
    left = rng.integers(0, width - person.shape[1] + 1)
    image[top : top + person.shape[0], left : left + person.shape[1]] = person
    noise = np.empty(image.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, 0, _NOISE)
    return cv2.add(image, noise, dtype=cv2.CV_8U)
