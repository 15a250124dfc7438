"""The supervisor: publishes what the law allows and what is stopped, and checks the others without seeing persons.

Purpose:        sign law table and state, order stops, follow every log, compare the counts of all parties.
Enters:         the law data and the members of each role; counts and logs of the parties; orders of its own staff.
Leaves:         law tables and states for everybody; findings, kept for ever; a report.
Must never see: a My Number, a code, a tag, a factor key, the contents of an answer.
Articles:       My Number Act arts. 19(8), 21, 28(6), 33 to 36; Order arts. 20 to 30.
Read first:     publishing.py, acts.py, watching.py, reconciling.py, report.py, app.py.
"""
