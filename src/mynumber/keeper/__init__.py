"""The record keeper: an organisation of its own that records an exchange first and only then lets it be read.

Purpose:        verify the whole way of a request, open the tag, store the record, release the code leg.
Enters:         full bundles of the last operator; outcomes of providers; the supervisor's orders about hidden rows.
Leaves:         releases; sealed rows that only the person's tag finds; counts to the supervisor.
Must never see: a My Number, a code, a name, a context, an answer.
Articles:       My Number Act arts. 19(8), 21, 21-2, 23; Order arts. 20 to 30; MO art. 47(3).
Read first:     releasing.py, recording.py, outcomes.py, replicating.py, store.py.
"""
