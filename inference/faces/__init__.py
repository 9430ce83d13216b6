"""Which faces are swapped, and where they are from frame to frame."""
