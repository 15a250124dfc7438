"""The network: one of the independent operators who rule on an inquiry and convert it blindly.

Purpose:        check an inquiry and every step before ours, ask the law, convert, prove, endorse, record, send on.
Enters:         requests of offices and of the register, with the steps of the operators before us.
Leaves:         our step and endorsement to the next party, or a refusal; a record in either case.
Must never see: a My Number, a code, a tag, a name, a context, an answer.
Articles:       My Number Act arts. 19(8), 21, 21-2, 23, 28(6); Order arts. 20 to 30.
Read first:     ruling.py, store.py, app.py.
"""
