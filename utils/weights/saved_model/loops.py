"""Finds loops of a SavedModel's graph that end: they count up to a bound, as `tf.map_fn` does."""

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.function_pb2 import FunctionDef
from tensorflow.core.framework.node_def_pb2 import NodeDef

_INTEGERS = (tf.int32.as_datatype_enum, tf.int64.as_datatype_enum)


def is_counted(condition: FunctionDef, body: FunctionDef) -> bool:
    """Tells whether a loop goes on only while a number that grows is below another, and ends.

    Args:
        condition: its function: the loop's values -> whether it goes on.
        body: likewise -> the next values.
    """
    results = [body.ret.get(one.name, "") for one in body.signature.output_arg]
    goes_on = list(condition.ret.values())
    if len(goes_on) != 1 or len(results) != len(body.signature.input_arg):
        return False
    for less in _conjuncts(condition, goes_on[0]):
        if len(less.input) < 2:
            continue
        counter, bound = (_argument(condition, name) for name in less.input[:2])
        if (
            counter is not None
            and bound is not None
            and max(counter, bound) < len(results)
            and _argument(body, results[bound]) == bound
            and _grows(body, results[counter], counter)
        ):
            return True
    return False


def _conjuncts(function: FunctionDef, name: str) -> list[NodeDef]:
    """The comparisons that must all hold for a truth value to be true."""
    found, left = [], [name]
    # Each node stands there once: who goes around in a circle finds more.
    for _ in function.node_def:
        if not left:
            break
        node = _node(function, left.pop())
        if node is not None and node.op == "Less":
            found.append(node)
        elif node is not None and node.op == "LogicalAnd":
            left.extend(node.input[:2])
    return found


def _grows(body: FunctionDef, name: str, counter: int) -> bool:
    addition = _node(body, name)
    if addition is None or addition.op != "AddV2":
        return False
    constants = [
        node
        for node in (_node(body, one) for one in addition.input[:2])
        if node is not None and node.op == "Const"
    ]
    return (
        counter in [_argument(body, one) for one in addition.input[:2]]
        and len(constants) == 1
        and constants[0].attr["dtype"].type
        in (tf.int32.as_datatype_enum, tf.int64.as_datatype_enum)
        and bool(np.all(tf.make_ndarray(constants[0].attr["value"].tensor) > 0))
    )


def _node(function: FunctionDef, name: str) -> NodeDef | None:
    """The node that makes a value, behind those that hand it on; None for an argument."""
    nodes = {node.name: node for node in function.node_def}
    for _ in range(len(nodes) + 1):
        node = nodes.get(name.partition(":")[0])
        if node is None or node.op != "Identity" or not node.input:
            return node
        name = node.input[0]
    return None


def _argument(function: FunctionDef, name: str) -> int | None:
    """The number of the argument that a value is, behind nodes that hand it on."""
    nodes = {node.name: node for node in function.node_def}
    for _ in range(len(nodes) + 1):
        node = nodes.get(name.partition(":")[0])
        if node is None:
            break
        if node.op != "Identity" or not node.input:
            return None
        name = node.input[0]
    arguments = [one.name for one in function.signature.input_arg]
    return arguments.index(name) if name in arguments else None
