"""Certificates of the private CAs: who a process or an officer is on a TLS connection. Pure; keys and times are given.

Purpose:        issue certificates of nodes (ceremony), officers (an office's CA) and citizens' cards (the register's);
                read who they name.
Enters:         P-256 keys, serial numbers, unix seconds, signing requests, certificates as PEM or DER.
Leaves:         certificates, identities (network, party; or network, office, officer); or BAD_CERTIFICATE, BAD_KEY.
Must never see: a My Number, a code, whom a citizen's certificate is about: it names nobody.
Articles:       My Number Act art. 12 (safe handling): a machine or an officer proves who it is before anything is said.
Read first:     identity.py, nodes.py, officers.py, citizens.py.
"""
