"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

import os
import sys
from pathlib import Path

__version__ = "0.1.0"

# Here, because it must stand before TensorFlow's first import: its C++ start-up notes would bury
# the one clear line that our commands answer bad input with.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# A script's own folder comes first on Python's path, and its files would be taken for packages of
# their names: export/onnx.py for onnx.
if sys.path[0] and Path(sys.path[0]).resolve().parent == Path(__file__).resolve().parents[1]:
    del sys.path[0]
