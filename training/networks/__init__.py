"""The networks of a training: those that learn, with their optimizers, and those that judge."""
