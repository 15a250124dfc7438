"""From nothing to the end of the story, and what is written down about it."""
