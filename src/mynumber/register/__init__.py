"""The register (J-LIS): knows every person, issues the numbers, and lets offices acquire codes it never sees.

Purpose:        keep root, number and basic data of each person; match what an office asks; start enrolments.
Enters:         persons to be registered; requests of offices with number, four basic data and ground.
Leaves:         numbers to whom the town notifies; person points, encrypted for one office, to the operators.
Must never see: a code, a tag, an inquiry, an answer, or anything an office holds about a person.
Articles:       My Number Act arts. 7, 8, 21-2; Order arts. 6, 27; MIC Order 85/2014 arts. 5, 44(2).
Read first:     store.py, residents.py, matching.py, enrolling.py, worker.py.
"""
