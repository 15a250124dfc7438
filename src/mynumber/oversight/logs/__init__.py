"""The parties' transparency logs as the supervisor follows them, and the records behind their leaves."""
