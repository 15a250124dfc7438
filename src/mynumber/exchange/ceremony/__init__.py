"""The ceremony: hand-ins become certificates and one directory that every operator signed (FLOWS section 2).

Purpose:        begin a network, with everybody's keys staying where they were made.
Enters:         hand-ins, which are public; an operator's own keys, each in that operator's own step.
Leaves:         in each party's folder its certificate, the network's root and the operators' anchors.
Must never see: any secret of a party but that of the operator who commits or signs.
Read first:     hand_ins.py, authority.py, signing.py, delivery.py.

The ceremony has a folder of its own. It travels from party to party; only `keys/`, the private key of the network's
certificate authority, stays with who began it.
"""
