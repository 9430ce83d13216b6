"""Networks that measure faces, each known by a name."""
