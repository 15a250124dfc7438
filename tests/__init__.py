"""Tests; each folder mirrors one room of src/mynumber, and `house` holds what concerns all rooms."""
