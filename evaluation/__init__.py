"""Measurement of what a swap keeps and what it changes."""
