"""From bytes to 12-digit tokens and the groups they stand in; everything here is arrays, nothing is judged yet."""
