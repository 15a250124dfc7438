"""The office's own desk: officers, rights, cases, who looked at what, and how that is called over HTTP."""
