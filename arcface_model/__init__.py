"""The identity encoder: ArcFace on ResNet50, and its small stand-in."""
