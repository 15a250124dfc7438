"""Tests on the whole town: every institution a real process, one story, and everybody who tries something afterwards."""
