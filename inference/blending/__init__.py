"""Putting a changed face back into its picture."""
