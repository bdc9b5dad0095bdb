"""What execution saw, and the effect tables made of it."""
