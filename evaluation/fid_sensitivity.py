"""Shows what a difference of FID means: the FID of pictures that were changed in known ways.

python evaluation/fid_sensitivity.py --targets=SHARDS --output=results/fid

FID tells blur, noise and a shift of a pixel as readily as a worse face. The table beside a result
says how large a difference each of these makes, with the same pictures and the same features.
"""

from facedancer.evaluation.settings import SensitivitySettings
from facedancer.utils.cli import run


def main(settings: SensitivitySettings) -> None:
    """Measures, and prints the table."""
    from facedancer.evaluation.sensitivity import measure_sensitivity

    path, table = measure_sensitivity(settings)
    print(f"{table}{path}")


if __name__ == "__main__":
    run(main, SensitivitySettings)
