"""What a swap keeps and what it changes, measured."""
