"""Rules on migration entries: how forks, protection changes, unmaps and restores treat them."""
