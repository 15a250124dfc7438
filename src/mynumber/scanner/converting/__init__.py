"""Whether the values of a column are My Numbers in another form: regularly converted or hashed (Act art. 2(9))."""
