"""A child of `bounded_child`: runs an ONNX file for `onnx_session`, all its life long."""

from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import onnxruntime

from facedancer.utils.weights.child_side import limit_memory, requests, serve
from facedancer.utils.weights.onnx_graph import check_graph

# Others reserve address space beyond all that they use: no limit would tell.
_ON_THE_PROCESSOR = {"CPUExecutionProvider", "AzureExecutionProvider"}


def main(arguments: Sequence[str], reply: Callable[..., None]) -> None:
    """Tells what the network takes and gives; then answers whatever comes.

    Args:
        arguments: the file; and ``matrix``, where the first answer is to be the last matrix that it
            holds, whatever is asked.
        reply: see `serve`.
    """
    path = Path(arguments[0])
    providers = onnxruntime.get_available_providers()
    if set(providers) <= _ON_THE_PROCESSOR:
        limit_memory(path.stat().st_size)
    model = onnx.load(path, load_external_data=False)
    extra = check_graph(model, path.parent)
    if extra and set(providers) <= _ON_THE_PROCESSOR:
        limit_memory(extra)
    session = onnxruntime.InferenceSession(str(path), providers=providers)
    inputs = session.get_inputs()
    reply(
        {
            "inputs": [[one.name, one.type, one.shape] for one in inputs],
            "outputs": len(session.get_outputs()),
        }
    )
    asked = requests()
    if arguments[1:]:
        next(asked)
        matrices = [one for one in model.graph.initializer if len(one.dims) == 2]
        found = matrices[-1:]
        reply({}, [onnx.numpy_helper.to_array(one, str(path.parent)) for one in found])
    names = [one.name for one in inputs]
    for arrays in asked:
        reply({}, session.run(None, dict(zip(names, arrays, strict=True))))


if __name__ == "__main__":
    serve(main)
