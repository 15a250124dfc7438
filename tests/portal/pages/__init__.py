"""The portal's pages, in a real browser."""
