"""Duties of those who hold numbers: assess before, report a leak in time, keep and delete."""
