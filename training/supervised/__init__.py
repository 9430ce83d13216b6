"""Trainings on single faces with labels: encoders, regressors, and a teacher's student."""
