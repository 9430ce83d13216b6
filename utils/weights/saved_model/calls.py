"""The operations that a SavedModel's functions run, and the functions that they call."""

import graphlib

from tensorflow.core.framework import function_pb2, node_def_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from .loops import is_counted
from .operations import CALLED, CARRIED, LOOPS, OUTER, SAVER

_MOST_OPERATIONS = 10**6
_MOST_NAMED = 5


class UnsafeSavedModelError(ValueError):
    """A SavedModel asks for more than a network needs. The message goes on from "it ..."."""


def check_operations(graph: meta_graph_pb2.MetaGraphDef, called: str) -> None:
    """Holds every node to the list of the place that it stands in.

    Args:
        graph: with its functions and objects.
        called: the signature that is to be called.

    Raises:
        UnsafeSavedModelError: one is on no list, or calls have no end.
        ValueError: objects name others that there are not.
    """
    library = graph.graph_def.library.function
    functions = {function.signature.name: function for function in library}
    outer = {node.name: node for node in graph.graph_def.node}
    if len(functions) < len(library) or len(outer) < len(graph.graph_def.node):
        raise UnsafeSavedModelError("has two functions or operations of one name")
    calls = {
        name: [one for node in function.node_def for one in _names(node) if one in functions]
        for name, function in functions.items()
    }
    saver_nodes = _saver_nodes(graph) & set(outer)
    savers = {one for name in saver_nodes for one in _names(outer[name])}
    named = set().union(*calls.values())
    named |= {one for name in set(outer) - saver_nodes for one in _names(outer[name])}
    objects = graph.object_graph_def
    named |= set(objects.concrete_functions)
    named |= {node.bare_concrete_function.concrete_function_name for node in objects.nodes}
    if reached := sorted(savers & named):
        raise UnsafeSavedModelError(f"calls {reached[0]}, which reads and writes files")
    _check_sizes(functions, calls)
    reachable = _reachable(_roots(graph, called), calls)
    refused = {node.op: "main" for node in graph.graph_def.node if node.op not in OUTER}
    for name, function in functions.items():
        allowed = SAVER if name in savers else CALLED if name in reachable else CARRIED
        refused |= {node.op: name for node in function.node_def if node.op not in allowed}
    if refused:
        # First what no function may do, then loops.
        worst = sorted(refused, key=lambda op: (op in CARRIED, op not in LOOPS, op))
        names = ", ".join(worst[:_MOST_NAMED])
        raise UnsafeSavedModelError(f"runs {names} (in the function {refused[worst[0]]})")
    for name, function in functions.items():
        # It would have TensorFlow put another function in this one's place.
        if any("api_implements" in one.attr for one in (function, *function.node_def)):
            raise UnsafeSavedModelError(f"has several implementations of {name}")
        for node in function.node_def:
            if node.op == "RestoreV2" and not _arguments(function).issuperset(node.input[:1]):
                raise UnsafeSavedModelError("restores its variables from a file of its own choice")
            if node.op in LOOPS and not _is_counted(node, functions):
                raise UnsafeSavedModelError(
                    f"holds a loop that may never end ({node.op} in the function {name})"
                )


def _is_counted(loop: node_def_pb2.NodeDef, functions: dict[str, function_pb2.FunctionDef]) -> bool:
    parts = [functions.get(loop.attr[part].func.name) for part in ("cond", "body")]
    return None not in parts and is_counted(*parts)


def _check_sizes(
    functions: dict[str, function_pb2.FunctionDef], calls: dict[str, list[str]]
) -> None:
    """Counts operations as they are when each call is replaced by what it calls."""
    sizes: dict[str, int] = {}
    try:
        for name in graphlib.TopologicalSorter(calls).static_order():
            inner = sum(sizes[one] for one in calls[name])
            # Bounded, or the numbers themselves would grow without end.
            sizes[name] = min(len(functions[name].node_def) + inner, 2 * _MOST_OPERATIONS)
    except graphlib.CycleError as error:
        raise UnsafeSavedModelError(
            f"has functions that call themselves ({error.args[1][0]})"
        ) from error
    if sum(sizes.values()) > _MOST_OPERATIONS:
        raise UnsafeSavedModelError(
            f"calls functions from functions for more than {_MOST_OPERATIONS} operations"
        )


def _names(node: node_def_pb2.NodeDef) -> list[str]:
    """The functions that a node names in its attributes."""
    return [
        part.name
        for value in node.attr.values()
        for part in ((value.func,) if value.HasField("func") else value.list.func)
    ]


def _arguments(function: function_pb2.FunctionDef) -> set[str]:
    return {argument.name for argument in function.signature.input_arg}


def _saver_nodes(graph: meta_graph_pb2.MetaGraphDef) -> set[str]:
    saver = graph.saver_def
    return {saver.save_tensor_name.partition(":")[0], saver.restore_op_name.partition(":")[0]}


def _roots(graph: meta_graph_pb2.MetaGraphDef, called: str) -> set[str]:
    """The functions that TensorFlow takes for a signature."""
    nodes = graph.object_graph_def.nodes
    found = {0} if nodes else set()
    for step in ("signatures", called):
        children = [child for number in found for child in nodes[number].children]
        found = {child.node_id for child in children if child.local_name == step}
        if not found <= set(range(len(nodes))):
            raise ValueError("its objects name others that there are not")
    return {
        name
        for number in found
        for name in (
            nodes[number].bare_concrete_function.concrete_function_name,
            *nodes[number].function.concrete_functions,
        )
    }


def _reachable(roots: set[str], calls: dict[str, list[str]]) -> set[str]:
    found, left = set(), [name for name in roots if name in calls]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(calls[name])
    return found
