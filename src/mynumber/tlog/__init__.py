"""The tamper-evident record's mathematics: leaves, tree, proofs, signed checkpoints. Pure; storage is elsewhere.

Purpose:        append in O(log n), prove and verify inclusion and growth (RFC 6962), sign and open C2SP checkpoints.
Enters:         salts, canonical records, hashes, a lookup of stored nodes, a 32-byte signing seed.
Leaves:         commitments, roots, proofs, note texts; or BAD_PROOF, BAD_NOTE, BAD_KEY, NOT_IN_LOG.
Must never see: what a record says; it is hashed and forgotten.
Articles:       My Number Act art. 23 (records of provision), Order art. 30 (kept at least 7 years).
Read first:     tree.py, proofs.py, checkpoint.py.
"""
