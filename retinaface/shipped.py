"""The detector that ships; named apart from what needs TensorFlow."""

from pathlib import Path

SHIPPED_WEIGHTS = (
    Path(__file__).resolve().parents[1] / "model_zoo" / "retinaface_mobilenet.weights.h5"
)
