"""The way of pictures through the swap, in memory: what travels, and the stages; no files."""
