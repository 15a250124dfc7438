"""What the portal keeps: the network's papers and the keeper's replica, and nothing of anybody who signs in.

Sessions, tags and answers are in memory and end with the session or the process (PROTOCOL.md section 10: portals MUST
forget tags). The replica's tables are declared in `replica.py` on this schema. A portal keeps no transparency log:
FLOWS section 6 gives one to those who rule, record or answer, and the portal does neither.
"""

from mynumber.exchange.running import node

SCHEMA = node.schema(journal=False)
