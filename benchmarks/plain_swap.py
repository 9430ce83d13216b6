"""A clip with a face, and the plain loop that swaps it: what one writes first."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from facedancer.utils.alignment import align_face, paste_back, soft_mask
from facedancer.utils.ffmpeg import file_url
from facedancer.utils.images import read_image, signed_to_uint8, uint8_to_signed, write_image

if TYPE_CHECKING:
    import keras

    from facedancer.retinaface.detector import Detector

PHOTOGRAPH = Path(__file__).resolve().parents[1] / "assets/photos/grace_hopper/grace_hopper.jpg"
RATE = 24
IDENTITY = np.ones(512, np.float32)
_CRF = "18"


def moving_face(width: int, height: int, count: int) -> Iterator[np.ndarray]:
    """A portrait that moves to and fro, ``[height, width, 3]`` uint8 RGB each.

    Its face is a fourth of the picture high, as in most films; at full size the detector finds no
    face that is much larger than 512 px.
    """
    photograph = read_image(PHOTOGRAPH)
    scene = cv2.blur(cv2.resize(photograph, (width, height)), (width // 16, width // 16))
    scale = 0.7 * height / photograph.shape[0]
    portrait = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, room = height - portrait.shape[0], width - portrait.shape[1]
    for number in range(count):
        left = round(room * (0.5 + 0.3 * np.sin(number / 20)))
        picture = scene.copy()
        picture[top:, left : left + portrait.shape[1]] = portrait
        yield picture


def write_clip(path: Path, width: int, height: int, rate: int, count: int) -> None:
    """Encodes `moving_face` as H.264."""
    with av.open(file_url(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options={"crf": _CRF})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for image in moving_face(width, height, count):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode())


def plain_loop(clip: Path, folder: Path, model: "keras.Model", detector: "Detector") -> None:
    """Swaps a video in the first way that comes to mind: a frame at a time.

    Raises:
        RuntimeError: a frame without a face, which would take it no time.
    """
    side = model.inputs[0].shape[1]
    with av.open(file_url(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            image = frame.to_ndarray(format="rgb24")
            faces = detector.detect(image)
            if not faces:
                raise RuntimeError(f"no face found in frame {number} of {clip.name}")
            for face in faces:
                crop, matrix = align_face(image, face.landmarks, side)
                inputs = [uint8_to_signed(crop[None]).numpy(), IDENTITY[None]]
                changed = signed_to_uint8(model.predict(inputs, verbose=0)[0]).numpy()
                image = paste_back(image, changed, matrix, soft_mask(side))
            write_image(folder / f"{number:06}.png", image)
    with av.open(file_url(folder / "out.mp4"), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"crf": _CRF})
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        for path in sorted(folder.glob("*.png")):
            frame = av.VideoFrame.from_ndarray(read_image(path), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
