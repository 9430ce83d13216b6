"""The drawing of a picture: camera, triangles, light, materials, what lies before and behind."""
