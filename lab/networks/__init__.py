"""The lab's trained networks: those of before, taken over, and those that ship."""
