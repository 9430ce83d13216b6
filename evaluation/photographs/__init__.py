"""The protocol for photographs: every ordered pair of a few public ones, by several judges."""
