"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

import os

__version__ = "0.1.0"

# Here, because it must stand before TensorFlow's first import: its C++ start-up notes would bury
# the one clear line that our commands answer bad input with.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
