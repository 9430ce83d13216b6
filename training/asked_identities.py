"""The identities that a step knows, and the one that each swap should have."""

import functools
from collections.abc import Callable, Mapping

import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.facts import Embeddings
from facedancer.losses.wanted_identity import wanted_identity

from .identity_mixing import mix_identities
from .networks.trained import TrainedNetworks

Batch = Mapping[str, tf.Tensor]
Codes = dict[str, tf.Tensor]


def known_pictures(networks: TrainedNetworks, batch: Batch) -> list[tf.Tensor]:
    """Pictures that encoders see besides the swaps: sources, targets, answers if asked for."""
    names = ("source", "target", "answer") if networks.identity_of_answer else ("source", "target")
    return [batch[name] for name in names]


def encode_each(encode_all: Callable[[tf.Tensor], Codes], pictures: list[tf.Tensor]) -> list[Codes]:
    """Codes of several ``[B, S, S, 3]``, in one pass."""
    codes = encode_all(tf.concat(pictures, 0))
    parts = {name: tf.split(value, len(pictures)) for name, value in codes.items()}
    return [dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True)]


def mixed_codes(networks: TrainedNetworks, batch: Batch, source: Codes) -> Codes:
    """The sources' codes with other identities, where no answer is known: see `mix_identities`."""
    kept = batch["same"]
    if "answered" in batch:
        kept = tf.maximum(kept, tf.cast(batch["answered"], kept.dtype))
    mixed = mix_identities(source["embedding"], networks.identity_mixing, kept)
    return {**source, "embedding": mixed}


def wanted_embedding(
    batch: Batch, source: Codes, target: Codes, answer: Codes | None = None
) -> tf.Tensor:
    """Embedding that the swaps should have: see `wanted_identity`."""
    if answer is None:
        return source["embedding"]
    embeddings = (codes["embedding"] for codes in (source, target, answer))
    return wanted_identity(*embeddings, batch["answered"])


def second_embeddings(
    networks: TrainedNetworks, batch: Batch, changed: tf.Tensor
) -> Callable[[], Embeddings] | None:
    """Asks the second encoder, once it is called; None where there is none."""
    if networks.second_encoder is None:
        return None
    encode_all = networks.compiled(functools.partial(encode, networks.second_encoder))

    def ask() -> Embeddings:
        source, target, *answer = encode_each(encode_all, known_pictures(networks, batch))
        source = mixed_codes(networks, batch, source)
        wanted = wanted_embedding(batch, source, target, *answer)
        return Embeddings(wanted, target["embedding"], encode_all(changed)["embedding"])

    return ask


def given_codes(codes: Codes, code: tf.Tensor | None) -> tf.Tensor:
    """The generator's second input: the identity, and the pair's code where it takes one."""
    embedding = codes["embedding"]
    return embedding if code is None else tf.concat([embedding, code], 1)
