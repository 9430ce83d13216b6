"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

import sys

from facedancer.utils.commands import is_command
from facedancer.utils.quiet import quieten

__version__ = "0.1.0"

# Here, because it must stand before TensorFlow's first import.
if is_command():
    quieten(sys.argv[1:])
