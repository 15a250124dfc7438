"""A small town of its own, whose parties and keys change while it works, and whose time can be moved."""
