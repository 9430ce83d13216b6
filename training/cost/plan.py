"""The print of ``--dry_run``: what a run would train, on what, how long, and what it would take."""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import describe_encoder
from facedancer.dataset.sampling import BLOCK, YAW_STEP, block_quotas
from facedancer.dataset.shards.index import ShardIndex, read_index

from ..devices.agreement import naming_lost_workers
from ..devices.batches import distribute
from ..devices.strategy import describe
from ..networks.trained import TrainedNetworks
from ..settings.train_config import TrainConfig
from ..start import describe_start, prepare
from ..watching.fixed_pairs import read_pairs
from .flops import model_flops, step_flops_per_pair
from .memory import GIBIBYTE, checkpoint_bytes, step_bytes
from .out_of_memory import explaining_memory
from .pace import describe_seconds, estimate_step_seconds
from .step_graph import StepGraph, trace_step

Rows = dict[str, str]


def describe_plan(config: TrainConfig, strategy: tf.distribute.Strategy) -> str:
    """The run in words and numbers; nothing is written and no step is done, but a pass is timed.

    All that a start does before its first step is done here too, so what it would refuse is refused
    here: flags, data, weights, a run folder that holds another run.

    Args:
        config: the run, with the stand-ins resolved.
        strategy: where it would run.

    Returns:
        Several lines: a title a section, then ``name  value``.

    Raises:
        UserError: whatever `loop.train` would refuse.
    """
    with naming_lost_workers(strategy), explaining_memory(config, strategy):
        networks, first_step = _prepare(config, strategy)
    step = trace_step(config, networks, config.batch_size // strategy.num_replicas_in_sync)
    pair_flops = step_flops_per_pair(config, networks, step)
    with explaining_memory(config, strategy):
        seconds = estimate_step_seconds(config, networks, strategy, pair_flops)
    sections = {
        "configuration": _configuration(config),
        "networks": _networks(config, networks),
        "arithmetic (a multiply-add is 2 FLOPs)": _arithmetic(config, networks, pair_flops),
        "data": _data(config),
        "steps": {"begins with": describe_start(config), **_steps(config, first_step)},
        "time (an estimate: docs/training.md)": _time(config, first_step, seconds),
        "devices": _devices(config, networks, step, strategy),
        "disk": _disk(config, networks),
    }
    width = max(len(name) for rows in sections.values() for name in rows)
    lines = []
    for title, rows in sections.items():
        lines += [title, *(f"  {name:{width}}  {value}" for name, value in rows.items())]
    return "\n".join(lines)


def _prepare(config: TrainConfig, strategy: tf.distribute.Strategy) -> tuple[TrainedNetworks, int]:
    """The networks as the first step would find them, and the number of steps done."""
    networks, _, first_step = prepare(config, strategy)
    read_pairs(config.validation_folders, skip_corrupt=config.skip_corrupt, **config.code_settings)
    distribute(strategy, config, first_step)
    return networks, first_step


def _configuration(config: TrainConfig) -> Rows:
    return {
        "run": config.run_dir,
        **config.generator_words,
        "image size": f"{config.image_size} px, base width {config.base_width}",
        "losses": config.loss_profile,
        "precision": config.precision,
    }


def _networks(config: TrainConfig, networks: TrainedNetworks) -> Rows:
    encoder = describe_encoder(config.encoder)
    rows = {
        "generator": _parameters(networks.generator.network),
        "discriminator": _parameters(networks.discriminator.network),
        "identity encoder": f"{_parameters(networks.encoder)}, frozen: {encoder}",
        "perceptual features": "none: no weight asks for them",
        "generator's average": f"decay {config.ema}" if networks.average else "none",
    }
    if networks.extractor:
        frozen = f"frozen: {config.perceptual_features}"
        rows["perceptual features"] = f"{_parameters(networks.extractor)}, {frozen}"
    if networks.second_encoder:
        frozen = f"frozen: {config.second_encoder}"
        rows["second encoder"] = f"{_parameters(networks.second_encoder)}, {frozen}"
    for target, regressor in networks.regressors.items():
        frozen = f"frozen: {getattr(config, f'{target}_regressor')}"
        rows[f"{target} regressor"] = f"{_parameters(regressor)}, {frozen}"
    return rows


def _parameters(network: keras.Model) -> str:
    return f"{network.count_params():,} parameters"


def _arithmetic(config: TrainConfig, networks: TrainedNetworks, pair: float) -> Rows:
    images = config.total_steps * config.batch_size * config.accumulate
    return {
        "one swap": f"{_giga(model_flops(networks.generator.network))}, the generator alone",
        "discriminator": f"{_giga(model_flops(networks.discriminator.network))} an image, forward",
        "training": f"{_giga(pair)} a pair, all networks forward and backward",
        "whole run": f"{pair * images:.2e} FLOPs",
    }


def _giga(flops: float) -> str:
    return f"{flops / 1e9:,.2f} GFLOPs"


def _data(config: TrainConfig) -> Rows:
    indexes = [read_index(folder) for folder in config.train_folders]
    quotas = block_quotas(config.data_weights or [index.count for index in indexes])
    images = config.total_steps * config.batch_size * config.accumulate
    rows = {}
    for number, (index, quota) in enumerate(zip(indexes, quotas, strict=True), 1):
        share, which = quota / BLOCK, f" {number}" if len(indexes) > 1 else ""
        rows[f"training data{which}"] = _contents(index)
        rows[f"epochs{which}"] = f"{images * share / index.count:,.1f}"
        if which:
            rows[f"epochs{which}"] += f", {share:.1%} of the draws"
    rows["drawn equally often"] = {
        "image": "each image",
        "identity": "each identity; epochs are a mean over all images",
        "yaw": f"each {YAW_STEP:.0f} degrees of yaw; epochs are a mean over all images",
    }[config.sampling]
    rows["pairs"] = f"{config.same_ratio:.1%} one image twice, at least one in a batch"
    if not config.same_ratio:
        rows["pairs"] = "of two draws"
    if config.same_identity_ratio:
        rows["pairs"] += f"; {config.same_identity_ratio:.1%} two images of one identity"
    if config.truth_share:
        rows["pairs"] += f"; {config.truth_share:.1%} of the others may have a known answer"
    if config.validation_data:
        indexes = map(read_index, config.validation_folders)
        rows["validation data"] = " and ".join(map(_contents, indexes))
    return rows


def _contents(index: ShardIndex) -> str:
    people = "identities unknown"
    if index.identities:
        people = f"{index.identities:,} identities, {index.count / index.identities:.1f} crops each"
    return f"{index.count:,} crops of {index.side} px in {len(index.shards):,} shards; {people}"


def _steps(config: TrainConfig, first_step: int) -> Rows:
    left = max(0, config.total_steps - first_step)
    penalty = "none"
    if config.gradient_penalty_weight:
        penalty = _every(config.penalty_every)
    return {
        "done": f"{first_step:,}",
        "to do": f"{left:,} of {config.total_steps:,}, {config.steps_per_call} a call",
        "gradient penalty": penalty,
        "logs": _every(config.log_every),
        "sample grids": _every(config.sample_every),
        "validation passes": _every(config.validate_every),
        "checkpoints": _every(config.checkpoint_every),
    }


def _time(config: TrainConfig, first_step: int, seconds: float) -> Rows:
    left = max(0, config.total_steps - first_step)
    return {
        "a step": f"about {seconds:.2g} s: a timed pass of the generator, times the FLOPs",
        "the whole run": f"about {describe_seconds(seconds * left)} for {left:,} steps, without "
        "samples, validation and saving",
    }


def _every(steps: int) -> str:
    return f"every {steps:,} steps" if steps > 1 else "every step"


def _devices(
    config: TrainConfig,
    networks: TrainedNetworks,
    step: StepGraph,
    strategy: tf.distribute.Strategy,
) -> Rows:
    effective = config.batch_size * config.accumulate
    need = step_bytes(networks, step)
    return {
        "replicas": f"{strategy.num_replicas_in_sync}: {describe(strategy)}",
        "batch": f"{step.batch} pairs a replica, {config.batch_size} over all",
        "batch of a step": f"{effective} pairs, --accumulate={config.accumulate}",
        "memory": f"about {need / GIBIBYTE:.1f} GiB a replica (an estimate: docs/training.md)",
    }


def _disk(config: TrainConfig, networks: TrainedNetworks) -> Rows:
    size = checkpoint_bytes(networks)
    # The newest and the best one; while one more is written, none has gone yet.
    count = config.keep_checkpoints + 1
    free = _free_bytes(Path(config.run_dir))
    return {
        "a checkpoint": f"{size / GIBIBYTE:.2f} GiB",
        "checkpoints": f"{count * size / GIBIBYTE:.2f} GiB: the newest {config.keep_checkpoints} "
        "and the best; one more while it is written",
        "free": f"{free / GIBIBYTE:.1f} GiB",
    }


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free
