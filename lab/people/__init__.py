"""The people drawn: heads, skin, hair, glasses and moods of people known by their number."""
