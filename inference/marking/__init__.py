"""Swapping faces in pictures with a trained generator."""
