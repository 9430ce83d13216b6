"""What is evaluated: faces, pairs of them, and who swaps them."""
