"""A swap from files to a file."""

from pathlib import Path

import numpy as np

from facedancer.utils.cli import UserError
from facedancer.utils.images import IMAGE_SUFFIXES, read_image, write_image

from .swapper import NoFaceError, Swapper, SwapResult


def check_paths(output: str | Path, inputs: list[str | Path]) -> None:
    """Refuses bad paths early, before models are loaded.

    Raises:
        UserError: an input is missing, or the output is one of them or of no known image format.
    """
    output = Path(output)
    for path in inputs:
        if not Path(path).is_file():
            raise UserError(f"no such image file: {path}")
    if output.suffix.lower() not in IMAGE_SUFFIXES:
        raise UserError(f"cannot write {output}: use one of {', '.join(IMAGE_SUFFIXES)}")
    if any(output.resolve() == Path(path).resolve() for path in inputs):
        raise UserError(f"{output} is one of the input pictures; give the result another name")


def swap_image_file(
    swapper: Swapper,
    target_path: str | Path,
    source_path: str | Path,
    output_path: str | Path,
    align_source: bool = True,
    compare: bool = False,
) -> SwapResult:
    """Swaps the source's identity onto every face of the target picture and writes the result.

    Args:
        swapper: the loaded models.
        target_path: the picture whose faces are changed.
        source_path: the picture of the person whose identity they get; of several people, the one
            with the largest face.
        output_path: appears whole or not at all.
        align_source: find and align the source's face; False where the picture is such a crop.
        compare: write target and result side by side.

    Raises:
        NoFaceError: one of the pictures shows no face; the message says which. Nothing is written.
        UserError: a picture cannot be read, or the result not written.
    """
    check_paths(output_path, [target_path, source_path])
    source, target = read_image(source_path), read_image(target_path)
    try:
        embed = swapper.identity_of if align_source else swapper.identity_of_crop
        identity = embed(source)
    except NoFaceError as error:
        raise NoFaceError(f"source picture {source_path}: {error}") from error
    result = swapper.swap(target, identity)
    if not result.faces:
        raise NoFaceError(f"target picture {target_path}: no face found, so nothing to swap")
    written = np.concatenate([target, result.image], axis=1) if compare else result.image
    try:
        write_image(output_path, written)
    except OSError as error:
        raise UserError(f"cannot write {output_path}: {error.strerror}") from error
    return result
