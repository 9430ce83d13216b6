"""Rows of a report as no training made them, and a finished lab as small as can be."""

import json
from dataclasses import replace

import numpy as np

from facedancer.arcface_model.block_names import BLOCK_NAMES
from facedancer.lab.experiment.seeds import seeded
from facedancer.lab.reports.stored_results import SwapperResult
from facedancer.training.watching.run_log import RunLog

_LEVELS = (*BLOCK_NAMES, "embedding")
PROTOCOL = {
    "pairs": {"count": 300, "seed": 0},
    "sources": {"identities": 50},
    "gallery": "all pictures",
    "encoders": {"identity": {"name": "CosFace encoder"}},
}


def result(name, spread=0.1, protocol=PROTOCOL, judges=None, **values):
    """A row; ``judges`` has what faceres says, by column."""
    said = {
        metric: {"value": value, "low": value - spread, "high": value + spread, "count": 300}
        for metric, value in (judges or {}).items()
    }
    metrics = {
        metric: {"value": value, "low": value - spread, "high": value + spread, "count": 300}
        for metric, value in values.items()
    }
    flags = ("--batch_size=10", f"--run_dir=runs/{name}", f"--only_{name}=1")
    evaluation = {"metrics": metrics, "by_yaw": {}, "protocol": protocol}
    if said:
        evaluation["judges"] = {"faceres": said}
    return SwapperResult(name, evaluation, flags, steps=7_200, seconds_per_step=0.5)


def paired(name, scores, protocol=PROTOCOL, **further):
    """A result with scores of 300 pairs of 50 people, as their own mean has it."""
    rng = np.random.default_rng(5)
    people = {key: rng.integers(0, 50, 300) for key in ("target_person", "source_person")}
    values = {metric: float(np.mean(one)) for metric, one in scores.items()}
    row = result(name, spread=1.0, protocol=protocol, **values, **further)
    return replace(row, scores={**scores, **people})


def seeds(name, *values, metric="id_top1", **further):
    """A swapper's rows, a seed each, by one metric or by several of as many values."""
    columns = {metric: values, **further}
    return [
        result(seeded(name, seed), **{key: column[seed] for key, column in columns.items()})
        for seed in range(len(values))
    ]


def fake_run(lab_dir, name):
    run = lab_dir / "runs" / name
    run.mkdir(parents=True)
    # A student's run knows no --accumulate.
    accumulate = "" if name == "edge" else "--accumulate=1\n"
    (run / "flags.cfg").write_text(f"--batch_size=10\n{accumulate}--resume\n")
    part = {
        "git": {"revision": "1234567890", "modified": False},
        "devices": {"local": ["CPU"]},
        "sha256": {},
    }
    (run / "run.json").write_text(json.dumps({"parts": [part]}))
    log = RunLog(run, 0)
    for step in (50, 100):
        log.write(step, {"images_per_second": 20.0, "validation/identity_source": step / 100})
    log.close()


def fake_lab(lab_dir):
    """Makes what a finished lab leaves, as small as can be."""
    rng = np.random.default_rng(0)
    for name in ("target", "a", "a_seed1", "c", "c_twins", "c_fixed", "edge"):
        folder = lab_dir / "evaluation" / name
        folder.mkdir(parents=True)
        (folder / "results.json").write_text(json.dumps(result(name, id_top1=50.0).evaluation))
        people = {"target_person": np.arange(300), "source_person": np.arange(300)}
        np.savez(folder / "scores.npz", id_top1=np.full(300, 50.0), other=np.ones(300), **people)
    fid = {"metrics": {"fid": {"value": 0.123, "low": 0.1, "high": 0.2, "count": 300}}}
    (lab_dir / "fid" / "c").mkdir(parents=True)
    (lab_dir / "fid" / "c" / "results.json").write_text(json.dumps(fid))
    sensitivity = {"fid": {"blurred by 0.4 px": 0.456}, "pictures": 500, "seed": 0}
    (lab_dir / "fid_sensitivity").mkdir()
    (lab_dir / "fid_sensitivity" / "fid_sensitivity.json").write_text(json.dumps(sensitivity))
    for name in ("a", "a_seed1", "c", "c_twins", "c_fixed", "edge"):
        fake_run(lab_dir, name)
    (lab_dir / "tasks").mkdir()
    entry = {"stage": "train", "command": "python training/train.py", "seconds": 61.0}
    for name, is_finished in (("c", True), ("d", False)):
        entry["is_finished"] = is_finished
        (lab_dir / "tasks" / f"{name}.json").write_text(json.dumps(entry))
    log = RunLog(lab_dir / "encoders" / "cosface", 0)
    log.write(5, {"validation/auc": 0.9987, "validation/score": 0.5})
    log.close()
    faces = rng.integers(0, 256, (9, 16, 16, 3), np.uint8)
    swaps = {f"{name}/swaps": np.stack([faces[:2]] * 3) for name in ("a", "c")}
    np.savez(lab_dir / "swap_matrix.npz", target=faces[:3], source=faces[3:5], **swaps)
    truths = {"target": faces[:2], "source": faces[2:4], "truth": faces[4:6]}
    np.savez(lab_dir / "answers.npz", **truths, **{"c_twins/swaps": faces[6:8]})
    (lab_dir / "ifsr").mkdir()
    distances = {
        kind: rng.random((20, len(_LEVELS)), np.float32) for kind in ("c2t", "c2s", "negative")
    }
    np.savez(lab_dir / "ifsr" / "distances.npz", **distances)
    row = {f"{kind}_{part}": 0.3 for kind in distances for part in ("mean", "std")}
    analysis = {
        "pairs": 20,
        "blocks": dict.fromkeys(_LEVELS, {**row, "eer": 0.2, "eer_negative": 0.1}),
        "margins": {BLOCK_NAMES[4]: 0.1},
    }
    (lab_dir / "ifsr" / "ifsr.json").write_text(json.dumps(analysis))
