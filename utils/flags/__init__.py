"""Flags: how settings declare them, how they are read from commands and files, their help."""
