"""How an office gets its code for a person: the only wire that carries a My Number.

Purpose:        what an office and the register say to each other, how spellings are compared, the office's own steps.
Enters:         numbers and basic data from an office's vault; the codes that came back.
Leaves:         one request of at most 64 entries to the register; one answer each, without a reason.
Must never see: anything of an inquiry; a person's root; another office's code.
Articles:       My Number Act art. 21-2; Order art. 27; MIC Order 85/2014 art. 44(2).
Read first:     messages.py, basic.py, office.py.
"""
