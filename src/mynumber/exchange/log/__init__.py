"""A party's transparency log: what is recorded, in the transaction of its step, and whether the store is older."""
