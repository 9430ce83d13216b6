"""What is measured: one metric a file, pure functions over arrays."""
