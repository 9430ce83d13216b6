"""Clients of a served swap, and what TF Serving is started with."""
