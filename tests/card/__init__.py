"""A citizen's card in software."""
