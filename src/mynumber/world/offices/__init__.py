"""What each office of the town knows, in a database of its own kind."""
