"""What the words of the vocabulary do to a state."""
