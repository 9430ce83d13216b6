"""AFFA's masks of a video, as a video: what the generator looks at while a face moves."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from facedancer.utils.ffmpeg import file_url
from facedancer.utils.files import written_whole

from .attention_figure import Attention, draw_attention

# Of x264: small artefacts would be taken for the masks' own.
_QUALITY = "16"


def write_attention_video(
    path: Path,
    targets: np.ndarray,
    sources: np.ndarray,
    attentions: Sequence[Attention],
    rate: Fraction,
) -> None:
    """Writes an MP4: in each frame what `draw_attention` draws of it, a row a generator.

    Args:
        path: the file.
        targets: ``[T, S, S, 3]`` uint8 RGB, the face frame by frame.
        sources: the same of those who lend identity.
        attentions: of the same T swaps.
        rate: frames a second.
    """
    with (
        written_whole(path) as unfinished,
        av.open(file_url(unfinished), "w", format="mp4") as container,
    ):
        stream = container.add_stream("libx264", rate=rate, options={"crf": _QUALITY})
        stream.pix_fmt = "yuv420p"
        for number in range(len(targets)):
            page = draw_attention(
                targets[[number]], sources[[number]], [a.rows([number]) for a in attentions]
            )
            page = page[: page.shape[0] // 2 * 2, : page.shape[1] // 2 * 2]  # as yuv420p wants it
            if number == 0:
                stream.height, stream.width = page.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(page, format="rgb24")))
        container.mux(stream.encode())
