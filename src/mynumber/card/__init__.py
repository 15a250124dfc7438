"""The citizen's card, with a key in software until the chip is here: it proves that its holder is present, once.

Purpose:        keep the card's key behind the PIN; make what a portal's sign-in needs; go to the portal for its holder.
Enters:         a nonce of a portal; the PIN.
Leaves:         certificate and signature over one nonce of one portal; what the portal shows to the holder.
Must never see: a My Number, a code, anything about tax, pension or health (FAQ 5-1).
Articles:       My Number Act art. 2(7); Act on Certification Business of JPKI; FAQ 5-1, 5-8.
Read first:     folder.py, signing.py, visiting.py.
"""
