"""What kernel names mean, by era, as data; and where a tree at hand disagrees."""
