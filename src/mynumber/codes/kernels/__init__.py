"""Who multiplies in ristretto255: libsodium, or the accelerator where it is installed; `codes/group.py` is the door."""
