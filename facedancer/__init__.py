"""FaceDancer: pose- and occlusion-aware face swapping (WACV 2023) for TensorFlow and Keras."""

__version__ = "0.1.0"
