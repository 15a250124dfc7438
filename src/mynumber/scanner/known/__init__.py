"""What a scan can say with a list of known numbers, and of what it cannot explain: roster, hashes, keys, long words."""
