"""Evaluates a face swapper: identity, pose, expression, FID and more, with confidence intervals.

python evaluation/evaluate.py --flagfile=flags/eval/folder.cfg --targets=FOLDER \\
    --swapper=runs/config_c --encoder=ArcFace-Res50.h5 --output=results/config_c

Writes into --output: results.json (the protocol and all results with confidence intervals),
table.md, examples.png, pairs.json and scores.npz (the scores of each pair). A run that was stopped
resumes when you give the same command.
"""

from pathlib import Path

from facedancer.evaluation.settings import EvaluationSettings
from facedancer.utils.cli import run


def main(settings: EvaluationSettings) -> None:
    """Evaluates, and prints the table."""
    from facedancer.evaluation.job import evaluate, report

    print(report(evaluate(settings)))
    print(f"everything: {Path(settings.output) / 'results.json'}")


if __name__ == "__main__":
    run(main, EvaluationSettings)
