"""The graph of a model as Keras 2 describes it in JSON: which layer feeds which.

Text in, plain data out: no layer is built and no class is looked up.
"""

from dataclasses import dataclass

# RetinaFace has the most of the published networks, 400.
MOST_LAYERS = 1_000


class GraphError(ValueError):
    """A description is malformed, or of another network than was looked for."""


@dataclass(frozen=True)
class Node:
    """One layer, called once.

    Attributes:
        name: the layer's.
        kind: its class, without the package: ``InstanceNormalization``.
        config: its arguments.
        inputs: the names of the layers that feed it.
        takes: which of each of their results, counted from 0.
        options: arguments of the call itself; Keras's own layers have none.
    """

    name: str
    kind: str
    config: dict
    inputs: tuple[str, ...]
    takes: tuple[int, ...] = ()
    options: tuple[dict, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


@dataclass(frozen=True)
class Graph:
    """A functional model without shared layers.

    Attributes:
        name: the model's.
        nodes: by name; each stands after those that feed it.
        inputs: names of the input layers.
        outputs: names of the layers whose results the model returns.
        output_takes: which of each of their results, counted from 0.
    """

    name: str
    nodes: dict[str, Node]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    output_takes: tuple[int, ...] = ()

    def depends_on(self, name: str) -> set[str]:
        """All layers that a layer's result reaches, itself among them."""
        reached = {name}
        for node in self.nodes.values():
            if reached.intersection(node.inputs):
                reached.add(node.name)
        return reached


def read_graph(model_config: dict) -> Graph:
    """Reads ``{"class_name": "Functional", "config": {...}}``.

    Raises:
        GraphError: it is no functional model, has shared layers, or is malformed.
    """
    try:
        if plain_class(model_config) not in ("Functional", "Model"):
            raise GraphError(f"a {model_config['class_name']} is no functional model")
        config = model_config["config"]
        nodes: dict[str, Node] = {}
        if len(config["layers"]) > MOST_LAYERS:
            raise GraphError(f"it has more than {MOST_LAYERS} layers")
        for layer in config["layers"]:
            node = _read_node(layer)
            if node.name in nodes:
                raise GraphError(f"two layers are named {node.name}")
            nodes[node.name] = node
        inputs, outputs = (_listed(config[key]) for key in ("input_layers", "output_layers"))
        for name, _, _ in (*inputs, *outputs):
            if name not in nodes:
                raise GraphError(f"there is no layer {name}")
        return Graph(
            str(config["name"]),
            _in_order(nodes),
            tuple(str(tensor[0]) for tensor in inputs),
            tuple(str(tensor[0]) for tensor in outputs),
            tuple(int(tensor[2]) for tensor in outputs),
        )
    except GraphError:
        raise
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise GraphError(f"its graph is malformed ({error!r})") from error


def plain_class(layer: dict) -> str:
    """A layer's class without the package that registered it, ``Addons>`` for one."""
    return str(layer["class_name"]).rsplit(">", 1)[-1]


def _read_node(layer: dict) -> Node:
    name = str(layer["name"] if "name" in layer else layer["config"]["name"])
    calls = layer["inbound_nodes"]
    if len(calls) > 1:
        raise GraphError(f"the layer {name} is used {len(calls)} times")
    call = calls[0] if calls else []
    # A number in a tensor's place is written as a layer of this name.
    references = [r for r in _listed(call) if r[0] != "_CONSTANT_VALUE"]
    return Node(
        name,
        plain_class(layer),
        dict(layer["config"]),
        tuple(str(reference[0]) for reference in references),
        tuple(int(reference[2]) for reference in references),
        tuple(reference[3] for reference in references if len(reference) > 3 and reference[3]),
    )


def _listed(tensors: list) -> list:
    """One tensor, written ``["a", 0, 0]``, as the list of one that it is."""
    return [tensors] if tensors and isinstance(tensors[0], str) else tensors


def _in_order(nodes: dict[str, Node]) -> dict[str, Node]:
    """Each after those that feed it; the file's order where that is open."""
    ordered: dict[str, Node] = {}
    waiting = dict(nodes)
    while waiting:
        ready = [node for node in waiting.values() if all(name in ordered for name in node.inputs)]
        if not ready:
            stuck = next(iter(waiting.values()))
            missing = [name for name in stuck.inputs if name not in nodes]
            raise GraphError(
                f"{stuck} is fed by {missing[0]}, which is not there"
                if missing
                else f"{stuck} feeds itself in a circle"
            )
        for node in ready:
            ordered[node.name] = waiting.pop(node.name)
    return ordered
