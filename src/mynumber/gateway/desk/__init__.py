"""The office's own desk: officers, rights, cases, who looked at what, and the HTTP listener for all of it."""
