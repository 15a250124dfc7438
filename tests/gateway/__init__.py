"""The room `gateway`: the office's own door."""
