"""Values that travel between the rooms: immutable, and unaware of how any of them is made."""
