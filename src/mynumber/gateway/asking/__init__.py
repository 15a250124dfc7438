"""Asking another office: drafts, inquiries and what became of them, refusals in words."""
