"""Weight files: recognised by their content, read within bounds, carried to our networks."""
