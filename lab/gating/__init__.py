"""Gates that a population and an encoder pass before anything is trained on them."""
