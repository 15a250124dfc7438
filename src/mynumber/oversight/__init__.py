"""The supervisor: publishes what the law allows and what is stopped, and checks the others without seeing persons.

Purpose:        sign law table and state, order stops, follow every log and see that the records behind it are there,
                compare the counts of all parties, keep hidden records until they are disclosed.
Enters:         the law data and the members of each role; counts, logs and leaves of the parties; hidden records of
                the keeper; orders of its own staff.
Leaves:         law tables and states for everybody; disclosures to the keeper; findings, kept for ever; a report.
Must never see: a My Number, a code, a tag, a factor key, a record that is not hidden, the contents of an answer.
Articles:       My Number Act arts. 19(8), 21, 28(6), 33 to 36; Order arts. 20 to 30.
Read first:     publishing.py, acts.py, logs/watching.py, logs/holding.py, reconciling.py, hidden/handling.py.
"""
