"""The portal: shows a citizen, signed in with the card, who asked about her, and asks offices for her own data.

Purpose:        sign citizens in through the register; read their records from a replica; ask offices on their order.
Enters:         sign-ins of cards; orders of the register; the keeper's sealed rows and outcomes; sealed answers.
Leaves:         countersigned requests to operator 1; pages and JSON to the citizen who is signed in.
Must never see: a My Number, an agency code, a person who is not signed in.
Articles:       My Number Act arts. 23, 29, Supplementary Provisions art. 6(3), (4); FAQ 5-2, 5-4.
Read first:     citizens.py, signed_in/{sessions,orders,reading}.py, replica.py, pages/.
"""
