"""Converts a swap's networks to LiteRT (TensorFlow Lite), as convert.py does by default.

python export/tflite.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 --output=exported/edge
"""

from facedancer.export.convert import Settings, main
from facedancer.utils.cli import run

if __name__ == "__main__":
    run(main, Settings)
