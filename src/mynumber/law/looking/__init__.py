"""Looking things up in the law data: rows of a table, everything about an article, both laws side by side."""
