"""The choice of faces, and their places from frame to frame."""
