"""Crops that are taken out again: near-duplicates, and faces of somebody else."""
