"""How a changed face is put back into its picture."""
