"""Sizes of identity encoders, for those who need no network: nothing here imports Keras."""

# The published encoder's side.
IMAGE_SIZE = 112
EMBEDDING_SIZE = 512
