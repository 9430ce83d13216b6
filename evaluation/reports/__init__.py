"""What an evaluation says: its protocol, tables and pictures."""
