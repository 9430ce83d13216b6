"""Training: configuration, step, checkpoints, monitoring."""
