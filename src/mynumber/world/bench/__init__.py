"""How fast the town is, and how much of that is the price of what cannot be left out."""
