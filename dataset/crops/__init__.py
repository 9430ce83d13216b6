"""Photographs to aligned crops, in jobs that can be stopped, shared and repeated."""
