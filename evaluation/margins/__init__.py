"""IFSR's margins: what the identity encoder's blocks see of a swap."""
