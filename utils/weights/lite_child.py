"""A child of `bounded_child`: loads a LiteRT file and tries it, for `lite_files`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from facedancer.utils.weights.child_side import limit_memory, serve
from facedancer.utils.weights.lite_operations import ALLOWED

# Sides that are free: of a batch, and of pictures, as a multiple of what detectors need.
_BATCHES, _SIDE = (1, 4), 64
_MOST_SIDE = 4096


def main(arguments: Sequence[str], reply: Callable[[dict[str, object]], None]) -> None:
    """Answers with the shapes of the outputs, by name, for one of each input.

    Args:
        arguments: the file.
        reply: see `serve`.
    """
    content = Path(arguments[0]).read_bytes()
    limit_memory(len(content))
    _check_operations(content)
    interpreter = Interpreter(model_content=content, num_threads=1)
    [name] = interpreter.get_signature_list()
    run = interpreter.get_signature_runner(name)
    draw = np.random.default_rng(0)
    for batch in reversed(_BATCHES):
        answer = run(
            **{key: _example(one, batch, draw) for key, one in run.get_input_details().items()}
        )
        for key, value in answer.items():
            if value.dtype != np.float32 or not np.isfinite(value).all():
                raise ValueError(f"its output {key} is {value.dtype}, or holds NaN or infinity")
    reply({"shapes": {key: value.shape for key, value in answer.items()}})


def _example(details: dict, batch: int, draw: np.random.Generator) -> np.ndarray:
    shape = details["shape_signature"].tolist()
    if details["dtype"] != np.float32 or not 1 <= len(shape) <= 4:
        raise ValueError(f"its input {details['name']} is {details['dtype']} of the shape {shape}")
    if not all(side == -1 or 1 <= side <= _MOST_SIDE for side in shape):
        raise ValueError(f"its input {details['name']} has the shape {shape}")
    free = [batch, *[_SIDE] * 3]
    sides = [free[place] if side == -1 else side for place, side in enumerate(shape)]
    return draw.uniform(-1, 1, sides).astype(np.float32)


def _check_operations(content: bytes) -> None:
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    model = schema.ModelT.InitFromPackedBuf(content)
    codes = [max(one.builtinCode, one.deprecatedBuiltinCode) for one in model.operatorCodes]
    used = {names.get(code, f"number {code}") for code in codes}
    if refused := sorted(used - ALLOWED):
        raise ValueError(
            f"it runs {', '.join(refused[:5])}: none of the operations of our networks"
        )
    if len(model.subgraphs) != 1:
        raise ValueError(f"it holds {len(model.subgraphs)} graphs, not one")


if __name__ == "__main__":
    serve(main)
