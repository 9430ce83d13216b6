"""The start of a run: all checks, then its last checkpoint, another run's, a generator or none."""

from pathlib import Path

import tensorflow as tf

from facedancer.arcface_model.origin import encoder_origin
from facedancer.arcface_model.pairing import check_encoder
from facedancer.networks.loading.generator import describe_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import ENCODER, SECOND_ENCODER, Origin

from .devices.agreement import agree_on_run, agree_on_step
from .networks.trained import TrainedNetworks, build_networks
from .runs.checkpoint import NETWORK_FLAGS, RunState
from .runs.checkpoint_folder import find_checkpoints, step_of
from .runs.resume import refuse_changed_flags
from .settings.train_config import TrainConfig
from .watching.fixed_pairs import check_data


def prepare(
    config: TrainConfig, strategy: tf.distribute.Strategy
) -> tuple[TrainedNetworks, RunState, int]:
    """All that comes before a run's first step and writes nothing, every check included.

    Returns:
        The networks as they begin, their checkpoints, and the number of steps done.

    Raises:
        UserError: as `train`.
    """
    # First what is quick to check: a wrong path should not cost the minutes that networks take.
    check_batch(config, strategy.num_replicas_in_sync)
    check_data(config)
    check_start(config)
    agree_on_run(strategy, config)
    networks = build_networks(config, strategy)
    state = RunState(
        config.checkpoint_dir,
        networks.trackables(),
        networks.output_generator,
        config.keep_checkpoints,
        notes=_notes(config),
    )
    first_step = load_start(config, networks, state)
    agree_on_step(strategy, first_step)
    return networks, state, first_step


def _notes(config: TrainConfig) -> dict[str, Origin]:
    """Names the encoders that the generator learns by, as its file records them."""
    encoders = {ENCODER: config.encoder, SECOND_ENCODER: config.second_encoder}
    return {key: encoder_origin(path) for key, path in encoders.items() if path}


def check_batch(config: TrainConfig, replicas: int) -> None:
    """Refuses a batch that cannot be shared out.

    Raises:
        UserError: it is no multiple of the number of replicas, or of one pair.
    """
    batch = config.batch_size
    if batch % replicas:
        lower = batch // replicas * replicas
        near = [size for size in (lower, lower + replicas) if size]
        sizes = " or ".join(f"--batch_size={size}" for size in near)
        fewer = max(number for number in range(1, replicas) if batch % number == 0)
        raise UserError(
            f"--batch_size={batch} cannot be shared by {replicas} devices: use a multiple of "
            f"{replicas} ({sizes}), or {fewer} of the devices (docs/cluster.md, "
            '"A batch that does not fit the GPUs")'
        )
    if config.batch_size == 1 and 0 < config.same_ratio < 1:
        raise UserError(
            "--batch_size=1 would make every pair a same pair, because each batch has at least "
            "one: use 2 or more, or --same_ratio=0"
        )


def describe_start(config: TrainConfig) -> str:
    """Names what `load_start` begins with, for people.

    Raises:
        UserError: the run folder holds a run of other flags, or nothing that could be a generator
            is where ``init_generator`` says.
    """
    refuse_changed_flags(config)
    if checkpoints := find_checkpoints(config.checkpoint_dir):
        done = step_of(checkpoints[-1])
        start = f"the last checkpoint of {config.run_dir}, step {done}"
        if done < config.total_steps:
            return start
        return f"{start}: the run is complete; a larger --total_steps goes on"
    if config.init_run:
        return f"the last checkpoint of {config.init_run}"
    if config.init_generator:
        return f"the generator of the {describe_generator(config.init_generator)}"
    return "new networks"


def check_start(config: TrainConfig) -> None:
    """Refuses a start by what lies on disk, before anything is built.

    Raises:
        UserError: the run folder holds a run of other flags; the generator to begin with learnt by
            another identity encoder, or nothing lies where the flag says.
    """
    refuse_changed_flags(config)
    begins_with = config.init_run or config.init_generator
    if begins_with and not find_checkpoints(config.checkpoint_dir):
        check_encoder(begins_with, config.encoder, config.any_encoder)


def load_start(config: TrainConfig, networks: TrainedNetworks, state: RunState) -> int:
    """Sets the networks to where the run begins.

    Args:
        config: ``init_run`` and ``init_generator`` are read.
        networks: new ones.
        state: the run's own checkpoints.

    Returns:
        The number of steps done.

    Raises:
        UserError: what is to be loaded does not fit, or another run's state leaves no step to do.
    """
    if state.exists:
        state.restore()
    elif config.init_run:
        state.restore_from(Path(config.init_run) / "checkpoints")
        if int(state.step) >= config.total_steps:
            raise UserError(
                f"--init_run={config.init_run} has done {int(state.step)} steps, and they "
                f"count: raise --total_steps={config.total_steps} above that"
            )
    elif config.init_generator:
        _load_generator(config.init_generator, networks)
    return int(state.step)


def _load_generator(path: str, networks: TrainedNetworks) -> None:
    weights = load_keras_generator(path).get_weights()
    generator = networks.generator.network
    ours, theirs = ([value.shape for value in w] for w in (generator.get_weights(), weights))
    if ours != theirs:
        raise UserError(
            f"--init_generator={path} has another configuration: give {NETWORK_FLAGS} as it was "
            "trained with"
        )
    generator.set_weights(weights)
    if networks.average:
        networks.average.set_weights(weights)
