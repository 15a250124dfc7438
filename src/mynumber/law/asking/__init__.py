"""How questions come in: the members of each topic, read strictly, from a file, a sentence or an interview."""
