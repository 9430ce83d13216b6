"""The devices that a training runs on, and how they share a batch."""
