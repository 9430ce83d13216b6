"""Face detection: RetinaFace with five landmarks."""
