"""The paper's rivals as Keras networks, built from their own papers."""
