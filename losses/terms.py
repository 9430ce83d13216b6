"""The parts of an objective: rows, each one term with its weight, and their weighted sum."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Term:
    """One row of a player's objective.

    Attributes:
        name: logged as ``loss/PLAYER/NAME``; ``--NAME_weight`` sets the weight.
        weight: the default. Of a term that the paper does not have it is 0: an older run that is
            resumed, and the published configurations, then stay what they were.
        flag_help: what ``train.py --help`` says of the flag; None: there is no flag, the weight is
            fixed.
        compute: the player's facts -> float32 scalar over the global batch.
    """

    name: str
    weight: float
    flag_help: str | None
    compute: Callable[[Any], tf.Tensor]


class LogitTerm(Term):
    """A row that reads the logits of the swaps, and nothing else of the batch.

    ``compute`` takes a `Verdict`. Such rows stand apart since one pass through the discriminator
    serves both players: `training.gradients` sends their slopes back through it. A plain `Term`
    never sees these logits, so none can be left out of that pass.
    """


def logit_terms(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The rows that read the logits of the swaps."""
    return tuple(term for term in terms if isinstance(term, LogitTerm))


def weighted_sum(
    player: str,
    terms: Iterable[Term],
    weights: object,
    verdict: object,
    facts: object = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Sums an objective's rows; one of weight 0 is not computed.

    Args:
        player: ``generator`` or ``discriminator``, for the log names.
        terms: the rows.
        weights: has an attribute for each row with a flag.
        verdict: what a `LogitTerm` reads.
        facts: what any other `Term` reads.

    Returns:
        The weighted sum, and the raw terms by log name, all float32 scalars.
    """
    parts, weighted = {}, []
    for term in terms:
        weight = term.weight if term.flag_help is None else getattr(weights, term.name)
        if weight:
            value = term.compute(verdict if isinstance(term, LogitTerm) else facts)
            parts[f"loss/{player}/{term.name}"] = value
            weighted.append(weight * value)
    return tf.add_n(weighted) if weighted else tf.zeros([]), parts
