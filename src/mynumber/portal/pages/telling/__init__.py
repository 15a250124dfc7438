"""What a page says about exchanges, without HTML: words, names, the choice of a list, steps and proofs, files."""
