"""The conversion itself; only the operators (`network`) and the vector runner may import it.

Purpose:        make one operator's step: new code, own layer off, fresh randomness, blind and proved.
Enters:         an operator's keys, a checked request with the ciphertexts before, 32 random bytes.
Leaves:         step and endorsement.
Must never see: a code, a tag, a person point in the clear.
Articles:       My Number Act arts. 19(8), 21(2), 21-2; Order arts. 20, 26, 27.
Read first:     step.py, endorse.py.
"""
