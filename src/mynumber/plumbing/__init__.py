"""Pipes: what every room needs and no word of the mission.

Purpose:        errors, strict JSON, clock, configuration, databases, HTTP over mutual TLS, logs, fault points.
Enters:         bytes, files, rows.
Leaves:         typed values, or an error with a code and a hint.
Must never see: what a value means; no module here names an institution, a person or a law.
Read first:     errors.py, canonical.py, database.py.
"""
