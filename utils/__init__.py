"""The code that all folders share: image I/O, ranges, face alignment, command-line behaviour."""
