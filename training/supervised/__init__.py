"""Supervised trainings, on single faces whose answers are known: by labels, or by a teacher."""
