"""Crops to TFRecord shards that are whole, checked, and known by an index."""
