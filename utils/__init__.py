"""What every folder shares: image I/O and ranges, face alignment, command-line behaviour."""

import os

# Must stand before TensorFlow's first import: its C++ start-up notes would bury our one clear line.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
