"""Removes crops that do not show the person of their sub-folder.

python dataset/clean_identities.py --data=/tmp/crops --encoder=ArcFace-Res50.h5 --dry_run

Crops are moved to --removed_dir, never deleted. REMOVED/removed.jsonl gives the reason for each,
REMOVED/identities.jsonl the findings for each identity, and REMOVED/outliers.png shows some
outliers next to a crop of the person of their sub-folder.
"""

import dataclasses
from collections import Counter

from facedancer.dataset.cleaning.settings import CleaningSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings, CleaningSettings):
    """The crops, the encoder that judges them, and the crops that go."""

    encoder: str = shared_flag(
        "encoder", text="Identity encoder, such as ArcFace's weights.", needed=True
    )
    min_crops: int = flag_field(5, "Skip identities with fewer crops.", least=3)
    min_similarity: float | None = flag_field(
        None,
        "Remove crops whose cosine to their identity's centre is lower; default: estimated from "
        "the data, as the cosine that 99 of 100 crops stay below at another identity's centre.",
        least=-1,
        most=1,
    )
    batch_size: int = shared_flag("batch_size", default=32, text="Crops per pass of the encoder.")


def main(settings: Settings) -> None:
    """Moves outliers, and prints what came of it."""
    from facedancer.arcface_model.encoder import UNTRAINED_SMALL, describe_encoder, load_encoder
    from facedancer.dataset.cleaning.removal import REPORT_NAME
    from facedancer.dataset.cleaning.strangers import VERDICTS_NAME, clean_identities

    if settings.encoder == UNTRAINED_SMALL and not settings.dry_run:
        raise UserError(
            f"{UNTRAINED_SMALL} knows no identity: give ArcFace's weights, or try it with --dry_run"
        )
    print(f"identity encoder: {describe_encoder(settings.encoder)}")
    summary = clean_identities(
        settings.data,
        load_encoder(settings.encoder),
        settings.removed_dir,
        settings.min_crops,
        settings.min_similarity,
        settings.batch_size,
        settings.dry_run,
    )
    judgement = summary.judgement
    print(f"{summary.crops:>9} crops, {summary.nameless} of them of nobody known")
    for outcome, count in Counter(one.outcome for one in judgement.verdicts).most_common():
        print(f"{count:>9} identities {outcome}")
    print(
        f"{len(summary.removals):>9} outliers: cosine to the centre below {judgement.threshold:.3f}"
    )
    print(f"{len(judgement.resembles):>9} of these resemble another identity")
    report = "nothing was moved" if settings.dry_run else f"{REPORT_NAME} of each crop that went"
    print(f"{summary.removed_dir}: {VERDICTS_NAME} tells of each identity; {report}")


if __name__ == "__main__":
    run(main, Settings)
