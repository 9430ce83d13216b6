"""Counts how often the wrong person is swapped, or the right one lost, in difficult clips.

python benchmarks/following.py [--write]

Draws `scenes_of_people.SCENES` with people of the lab, and chooses faces in each like a swap does,
with the shipped detector and the lab's encoder; no generator is needed.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facedancer.benchmarks.readme_section import write_section
from facedancer.benchmarks.scenes_of_people import HEIGHT, SCENES, WIDTH, Moment, Scene
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.inference.core.frames import Frame, Observation, PlannedFace
from facedancer.inference.faces.choosing import WHICH, Choice, Role
from facedancer.inference.faces.planning import VideoPlanner
from facedancer.lab.pictures.render import render
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.inference.core.looking import Look

ROOT = Path(__file__).resolve().parents[1]
_SEED, _FIRST, _SIDE = 7, 9000, 240
Plan = Sequence[tuple[PlannedFace, ...]]


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    pairs: int = shared_flag(
        "pairs", default=3, text="Number of pairs of people; each pair plays all scenes.", least=1
    )


def main(settings: Settings) -> None:
    """Plays all scenes, prints the table and writes it if asked."""
    from facedancer.arcface_model.lite_encoder import load_embedder
    from facedancer.inference.core.looking import Look
    from facedancer.retinaface.detector import load_detector

    encoder = load_embedder(ROOT / "model_zoo" / "lab" / "arcface.keras")
    look = Look(load_detector(), encoder, is_video=True)
    totals = {name: np.zeros(3, int) for name in SCENES}
    for pair in range(settings.pairs):
        cast = [_portrait(_FIRST + 2 * pair + place) for place in range(2)]
        references = [
            look([Frame(_portrait(_FIRST + 2 * pair + place, index=1), 0)])[0].embeddings[0]
            for place in range(2)
        ]
        for name, scene in SCENES.items():
            plans = plan(scene, observe(scene, cast, look), references)
            totals[name] += judge(scene, plans)
    text = markdown(totals)
    print(text)
    if settings.write:
        write_section(ROOT / "docs" / "faces.md", "following", text)


def observe(scene: Scene, cast: Sequence[np.ndarray], look: "Look") -> list[Observation]:
    """Observes what the networks see in a scene whose people look like the portraits ``cast``."""
    from facedancer.inference.core.looking import LOOK_BATCH

    # A picture that is shown again is not looked at again.
    pictures = list(dict.fromkeys(scene.moments))
    found: dict[Moment, Observation] = {}
    for start in range(0, len(pictures), LOOK_BATCH):
        batch = pictures[start : start + LOOK_BATCH]
        looked = look([Frame(draw(moment, cast), 0) for moment in batch])
        found.update(zip(batch, looked, strict=True))
    return [
        dataclasses.replace(found[moment], number=number, time_s=time_s)
        for number, (moment, time_s) in enumerate(zip(scene.moments, scene.times, strict=True))
    ]


def plan(scene: Scene, seen: Sequence[Observation], references: Sequence[np.ndarray]) -> Plan:
    """Plans a swap of each frame's faces; ``references``: an identity of each person."""
    new = np.ones(512, np.float32)
    if scene.which in WHICH:
        choice = Choice([Role(new)], which=scene.which)
    else:
        choice = Choice([Role(new, references[person], str(person)) for person in scene.people])
    planner = VideoPlanner(choice)
    plans = [one for observation in seen for one in planner.push(observation)]
    return plans + planner.finish()


def judge(scene: Scene, plans: Plan) -> tuple[int, int, int]:
    """Frames in which somebody wrong is swapped, those in which the right one is not, and all."""
    wrong = lost = 0
    for number, (moment, faces) in enumerate(zip(scene.moments, plans, strict=True)):
        if number in scene.unclear:
            continue
        swapped = [_who(moment, one) for one in faces if one.identity is not None]
        wrong += not set(swapped) <= set(scene.people)
        lost += any(s.person in scene.people and s.person not in swapped for s in moment.seen)
    return wrong, lost, len(scene.moments) - len(scene.unclear)


def _who(moment: Moment, face: PlannedFace) -> int | None:
    """Tells who is at a face's place; None: nobody, or not who they were taken for."""
    x, y = face.face.landmarks.mean(0)
    near = [s.person for s in moment.seen if np.hypot(x - s.x, y - s.y) < 0.4 * s.side]
    is_taken_for = not near or not face.person or face.person == str(near[-1])
    return near[-1] if near and is_taken_for else None


def draw(moment: Moment, cast: Sequence[np.ndarray], scale: float = 1.0) -> np.ndarray:
    """``[scale * HEIGHT, scale * WIDTH, 3]`` uint8: portraits laid into ovals with soft edges."""
    width, height = round(scale * WIDTH), round(scale * HEIGHT)
    picture = np.full((height, width, 3), moment.grey, np.float32)
    y, x = np.ogrid[:height, :width]
    for one in moment.shown:
        middle, side = (scale * one.x, scale * one.y), scale * one.side
        zoom = side / len(cast[one.person])
        matrix = np.array([[zoom, 0, middle[0] - side / 2], [0, zoom, middle[1] - side / 2]])
        laid = cv2.warpAffine(cast[one.person], matrix, (width, height)).astype(np.float32)
        radius = np.hypot((x - middle[0]) / (0.40 * side), (y - middle[1]) / (0.48 * side))
        cover = one.part * np.clip((1 - radius) * 8, 0, 1)[..., None]
        picture = picture * (1 - cover) + laid * cover
    gain, offset = moment.light
    return np.clip(picture * gain + offset, 0, 255).astype(np.uint8)


def markdown(totals: dict[str, np.ndarray]) -> str:
    """The table, a row a scene."""
    lines = ["| scene | frames | wrong person | lost |", "|---|---:|---:|---:|"]
    for name, (wrong, lost, frames) in totals.items():
        lines.append(f"| {name} | {frames} | {wrong} | {lost} |")
    wrong, lost, frames = sum(totals.values())
    return "\n".join([*lines, f"| all | {frames} | {wrong} | {lost} |"])


def _portrait(identity: int, index: int = 0) -> np.ndarray:
    return render(_SEED, identity, index, _SIDE)[0]


if __name__ == "__main__":
    run(main, Settings)
