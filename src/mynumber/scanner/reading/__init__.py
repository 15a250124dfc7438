"""From files of all kinds to folded text in blocks, or a word on why something could not be read."""
