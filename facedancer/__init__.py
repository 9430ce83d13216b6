"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

import sys

from facedancer.utils.commands import forget_own_folder, is_command
from facedancer.utils.quiet import quieten

__version__ = "0.1.0"

# Here, because both must stand before TensorFlow's first import.
if is_command():
    forget_own_folder()
    quieten(sys.argv[1:])
