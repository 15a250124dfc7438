"""What somebody at every wire and in every store of a town would get (FAQ 5-2, 5-4)."""
