"""Reading a trained generator, in whatever form it was written."""
