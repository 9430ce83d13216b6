"""The training losses, pure functions of tensors."""
