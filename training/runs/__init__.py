"""A run's folder: its flags, its checkpoints, how it is resumed."""
