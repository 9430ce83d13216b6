"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

import os
import sys

from facedancer.utils.commands import is_command
from facedancer.utils.quiet import quieten

__version__ = "0.1.0"

# Here, because it must stand before the first import of TensorFlow, NumPy and OpenCV.
if is_command():
    quieten(sys.argv[1:])
    # The latter two multiply matrices in threads of their own, which wait for work by turning round
    # and round: while the generator computes, they take more of the processor than their products.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
