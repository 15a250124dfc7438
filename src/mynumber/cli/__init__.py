"""The front door: one command, `mynumber`, that may open every room.

Purpose:  parse arguments, call a room, print for people or as JSON, map errors to exit status (DOORS).
Enters:   arguments, files, standard input.
Leaves:   text or one JSON object on standard output; all else on standard error.
Read first: main.py, output.py.
"""
