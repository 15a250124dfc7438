"""mynumber: offices work on the same person without sharing a number, a database or trust in the middle."""
