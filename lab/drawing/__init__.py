"""How a picture is drawn: camera, triangles, light, materials, and what lies before and behind."""
