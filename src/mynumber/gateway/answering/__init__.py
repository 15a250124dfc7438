"""Answering another office from the department's own database, and telling the keeper the outcome."""
