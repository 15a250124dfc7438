"""The hallway: inquiry -> permit -> answer -> record, the only language that institutions share.

Purpose:        what two institutions must agree on beside the bytes of the codes: context, calls, peers, directory, law
                table and state as a party keeps them, log leaves, and the flows of PROTOCOL.md section 10.
Enters:         messages of peers over mutual TLS; papers signed by operators and supervisor.
Leaves:         calls to peers; records in the party's own transparency log.
Must never see: a My Number, or anything of the register's acquisition.
Articles:       My Number Act arts. 19(8), 21, 22, 23; Order arts. 20 to 30.
Read first:     running/node.py, view/peers.py, view/view.py, log/records.py, log/journal.py, context.py.
"""
