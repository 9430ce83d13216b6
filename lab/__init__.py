"""Rendered faces with exact labels, on which the whole experiment runs on a CPU."""
