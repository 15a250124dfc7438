"""The listener where an office's own officers and systems reach the desk; in a gateway HTTP is known here alone."""
