"""Tests of the room `codes`: the vectors, a second group, and a small network made by the ceremony itself."""
