"""Judges a swapper by groups of rendered people: identity and pose by skin tone, sex and age.

python lab/judge_groups.py --flagfile=flags/eval/groups.cfg --swapper=RUN --output=DIR

No network was trained on these people, and their labels are exact. Writes into --output:
groups.json and groups.md.
"""

import dataclasses
from pathlib import Path

from facedancer.evaluation.encoders.registry import ENCODERS
from facedancer.evaluation.settings import AttributeSettings, NetworkSettings, TaskSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import changed_flag
from facedancer.utils.flags.shared import shared_flag

# Nobody from this number on served for anything else.
_FIRST_PERSON = 7_000_000


@dataclasses.dataclass(frozen=True)
class Settings(NetworkSettings):
    """The flags of this command."""

    swapper: str = changed_flag(TaskSettings, "swapper", text="generator or run folder to judge")
    output: str = shared_flag("output", needed=True)
    people: int = shared_flag(
        "people",
        default=300,
        text="number of people; each is a target once and a source once",
        least=2,
    )
    first_identity: int = shared_flag("first_identity", default=_FIRST_PERSON)
    judges: tuple[str, ...] = shared_flag(
        "judges",
        default=("faceres", "dlib"),
        text=(
            "identity encoders that judge, as in evaluation/evaluate.py: "
            f"{', '.join(ENCODERS['identity'])}"
        ),
    )
    pose_encoder: str = changed_flag(AttributeSettings, "pose_encoder", default="face_mesh")


def main(settings: Settings) -> None:
    """Renders, swaps, judges, and prints the table."""
    from facedancer.arcface_model.pairing import recorded_encoder
    from facedancer.evaluation.encoders.registry import load_measure
    from facedancer.evaluation.judges import load_judges
    from facedancer.evaluation.swaps.swappers import load_swapper
    from facedancer.lab.reports.groups import draw_people, group_table, judge_groups
    from facedancer.utils.files import write_json, write_text
    from facedancer.utils.places import check_folder
    from facedancer.utils.weights.published import MODEL_ZOO

    folder = Path(settings.output)
    check_folder(folder)
    encoder = settings.encoder or str(recorded_encoder(settings.swapper, MODEL_ZOO))
    swapper = load_swapper(settings.swapper, encoder, settings.name, settings.any_encoder)
    judges = load_judges(settings.judges, swapper)
    pose = load_measure("pose", settings.pose_encoder)
    people = draw_people(settings.first_identity, settings.people, swapper.side)
    content = judge_groups(swapper, people, judges, pose)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "groups.json", content)
    write_text(folder / "groups.md", group_table(content))
    print(group_table(content))


if __name__ == "__main__":
    run(main, Settings)
