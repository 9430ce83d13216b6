"""The training losses: pure functions of tensors, float32 scalars over the global batch.

One term a file, each in two profiles (`paper`, `released`); `objective` weighs and sums them.
"""
