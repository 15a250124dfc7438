"""Agency codes: blind verifiable conversion, permits and record tags, as PROTOCOL.md fixes them byte for byte.

Purpose:        turn one office's code for a person into another's without learning who the person is, provably.
Enters:         keys, randomness and the time as parameters; messages of other parties as parsed JSON.
Leaves:         messages, or a ProtocolError with one of the names of section 13.
Must never see: a My Number, a name, a socket, a database.
Articles:       My Number Act arts. 19(8), 21, 21-2, 22, 23; Order arts. 20 to 30; MO arts. 40 to 47.
Read first:     errors.py, group.py, hashing.py, jws.py, parties/directory.py, permit/request.py, permit/steps.py,
                convert/, permit/receive.py.
"""
