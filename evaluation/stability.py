"""Measures the temporal flicker of a swapped video, made by any system.

python evaluation/stability.py --target=before.mp4 --result=swapped.mp4
"""

import dataclasses
import json
from pathlib import Path

from facedancer.evaluation.encoders.registry import load_measure
from facedancer.evaluation.settings import EvaluationSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import changed_flag, flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """One comparison."""

    target: str = shared_flag("target", text="original video, before the swap")
    result: str = flag_field("", "the same video after the swap", needed=True)
    identity_encoder: str = changed_flag(EvaluationSettings, "identity_encoder")
    output: str = shared_flag("output", text="JSON file to write the results to as well")


def main(settings: Settings) -> None:
    """Compares, and prints the numbers."""
    from facedancer.evaluation.files import plain
    from facedancer.evaluation.stability_job import compare_along_motion, compare_videos
    from facedancer.retinaface.detector import load_detector
    from facedancer.utils.files import write_json

    encoder = load_measure("identity", settings.identity_encoder)
    target, result = Path(settings.target), Path(settings.result)
    detector = load_detector()
    numbers = compare_videos(target, result, detector, encoder)
    numbers |= compare_along_motion(target, result, detector)
    content = {"encoder": {"name": encoder.name, **encoder.origin}, **numbers}
    if settings.output:
        write_json(Path(settings.output), plain(content))
    print(json.dumps(plain(content), indent=1))


if __name__ == "__main__":
    run(main, Settings)
