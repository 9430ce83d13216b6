"""The words of an evaluation: its protocol, tables and pictures."""
