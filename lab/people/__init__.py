"""Who is drawn: heads, skin, hair, glasses and moods of people known by their number."""
