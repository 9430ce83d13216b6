"""What every folder shares: image I/O and ranges, face alignment, command-line behaviour."""
