"""What a rule may use, and which rules there are."""
