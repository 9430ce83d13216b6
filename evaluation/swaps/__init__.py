"""Objects of an evaluation: faces, pairs of them, and who swaps them."""
