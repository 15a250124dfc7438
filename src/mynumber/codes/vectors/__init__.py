"""The vector runner: any file in the format of vectors/README.md, every role played with the keys in the file.

Purpose:        show that this implementation gives the bytes and the refusals of PROTOCOL.md, on any file of vectors.
Enters:         one JSON object; its times and random bytes are the only clock and chance.
Leaves:         one verdict for every primitive, run, thing and call.
Must never see: a key that is not in the file.
Articles:       none; it serves the check of all the others.
Read first:     format.py, verdict.py, cases.py, calls.py, runs.py.
"""
