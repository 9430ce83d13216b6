"""Fits how people's shapes show in face meshes, on rendered people.

python lab/fit_face_shape.py --data=MORE128,TWINS128 --output=face_shape.npz

The data are shards of several pictures of each person (flags/photographs/128.cfg says how they were
made). The file is what ships as model_zoo/texture/face_shape.npz. It takes a minute or two.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

_BATCH = 32


@dataclasses.dataclass(frozen=True)
class Settings:
    """One fit."""

    data: str = shared_flag("data", text="folders of shards, separated by commas", needed=True)
    output: str = shared_flag("output", text=".npz file to write", needed=True)


def main(settings: Settings) -> None:
    """Fits, writes, and prints how much of people's shapes a mesh tells."""
    import numpy as np

    from facedancer.dataset.labelled_faces import LabelledFaces
    from facedancer.lab.networks.face_shapes import find_meshes, fit_face_shape
    from facedancer.utils.files import write_arrays

    faces = LabelledFaces(settings.data.split(","))
    batches = faces.read(np.arange(faces.count), _BATCH)
    meshes = find_meshes(crop for batch in batches for crop in batch["image"].numpy())
    shape, kept = fit_face_shape(meshes, np.asarray(faces.identities))
    arrays = {
        "mean": shape.mean.astype(np.float32),
        "basis": shape.basis.astype(np.float16),
        "people": shape.people.astype(np.float16),
        "triangles": shape.triangles.astype(np.int16),
        "mirror": shape.mirror.astype(np.int16),
    }
    write_arrays(Path(settings.output), arrays, is_compressed=True)
    count = np.isfinite(meshes[:, 0, 0]).sum()
    print(f"{count} meshes; {kept:.0%} of the people's variance is kept; shape: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
