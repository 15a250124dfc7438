"""Tests on the whole town: eight real processes, one story, and everybody who tries something afterwards."""
