"""Weights that ship, where they came from, and how published ones are fetched and converted."""
