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
    """Tells what the network takes and gives; then answers every picture that comes.

    Args:
        arguments: the file.
        reply: see `serve`.
    """
    path = Path(arguments[0])
    providers = onnxruntime.get_available_providers()
    if set(providers) <= _ON_THE_PROCESSOR:
        limit_memory(path.stat().st_size)
    extra = check_graph(onnx.load(path, load_external_data=False), path.parent)
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
    for picture in requests():
        reply({}, session.run(None, {inputs[0].name: picture}))


if __name__ == "__main__":
    serve(main)
