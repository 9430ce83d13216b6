"""What a training step costs, known before it is run: arithmetic and memory."""
