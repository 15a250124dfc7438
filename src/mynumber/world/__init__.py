"""The stage: a model town in which every institution runs as it would outside.

Purpose:        invent residents, fill the offices' own databases, boot the institutions and tell the story.
Enters:         a number of residents, a seed, a directory.
Leaves:         a running town; `town/people.jsonl`, which belongs to no institution.
Must never see: a real person. Every name, address and amount here is drawn from a seed.
Articles:       none; the town obeys the same law as its institutions.
Read first:     people/residents.py, offices/tables.py, story/script.py, demo/telling.py.
"""
