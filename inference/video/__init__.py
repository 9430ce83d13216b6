"""Moving pictures in and out: videos and animations, streamed, with exact times."""
