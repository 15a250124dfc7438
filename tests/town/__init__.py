"""Tests on the whole town: real processes, one story, and everybody who tries something afterwards."""
