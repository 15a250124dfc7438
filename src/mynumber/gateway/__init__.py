"""The gateway: an office's one door to the network, for its officers on one side and other institutions on the other.

Purpose:        open cases, ask other offices, answer theirs, acquire codes; the office's own record of all of it.
Enters:         officers' requests (client certificates of the office's own CA), bundles of other offices, codes.
Leaves:         inquiries, sealed answers from the department's own database, outcomes, records.
Must never see: another office's code; a number outside the vault and the acquisition step.
Articles:       My Number Act arts. 12, 19(8), 21-2, 22, 23, 28(6).
Read first:     desk/cases.py (who may), asking/sending.py, answering/answers.py, acquiring/enrolled.py, app.py.
"""
