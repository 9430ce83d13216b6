"""SavedModels: read as data and tried in a child before TensorFlow runs them."""
