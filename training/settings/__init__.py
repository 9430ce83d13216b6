"""The flags of all trainings: each group once, and each training's own."""
