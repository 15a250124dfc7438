"""A search through bytes for everything that must not be in them."""
