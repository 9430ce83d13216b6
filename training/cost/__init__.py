"""The cost of a training step, known before it is run: arithmetic, memory and time."""
