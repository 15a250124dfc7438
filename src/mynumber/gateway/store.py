"""What a gateway keeps: who may do what, cases, inquiries, answers given, codes at rest. No number and no name.

Codes lie wrapped (PROTOCOL.md section 12); reasons, contexts, reply secrets and received data are sealed under the
office's store key. Numbers and names are not here: numbers lie in the vault, names in the department's own database.
"""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, and_, literal_column

from mynumber.exchange import node
from mynumber.plumbing import database
from mynumber.plumbing.database import Int

SCHEMA = node.schema()
_METADATA = SCHEMA.metadata


# Who may do what (desk/).
OFFICERS = database.table(
    "officers",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("department", Text, nullable=False),
    Column("added", Int, nullable=False),
    Column("removed", Int),
)
RIGHTS = database.table(
    "rights",
    _METADATA,
    Column("officer", Text, ForeignKey("officers.name"), primary_key=True),
    Column("procedure", Text, primary_key=True),
    Column("granted_by", Text, nullable=False),
    Column("at", Int, nullable=False),
)
# What was done about officers, rights and shields (acts.py); what does not apply is empty.
ACTS = database.table(
    "acts",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("at", Int, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("person", Text, nullable=False),
)
CASES = database.table(
    "cases",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("procedure", Text, nullable=False),
    Column("reason", LargeBinary, nullable=False),  # sealed
    Column("opened_by", Text, ForeignKey("officers.name"), nullable=False),
    Column("opened", Int, nullable=False),
    Column("closed", Int),
)
CASE_PERSONS = database.table(
    "case_persons",
    _METADATA,
    Column("case", Text, ForeignKey("cases.id"), primary_key=True),
    Column("person", Text, primary_key=True),
)
LOOKS = database.table(
    "looks",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("at", Int, nullable=False),
    Column("officer", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("inquiry", Text, nullable=False),
    Column("person", Text, nullable=False),
)
# What was refused here: to an officer by the desk, or to another office by the law.
REFUSALS = database.table(
    "refusals",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("at", Int, nullable=False),
    Column("asker", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("digest", LargeBinary, unique=True),  # of asker and request, where another office sent it
)
# What this office asks (asking/).
INQUIRIES = database.table(
    "inquiries",
    _METADATA,
    Column("id", Text, primary_key=True),
    Column("case", Text, ForeignKey("cases.id"), nullable=False),
    Column("officer", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("created", Int, nullable=False),
    Column("state", Text, nullable=False),  # pending, answered, refused
    Column("waiting_for", Text, nullable=False),
    Column("directory", LargeBinary, nullable=False),
    Column("request", LargeBinary, nullable=False, unique=True),
    Column("message", LargeBinary, nullable=False),
    Column("context", LargeBinary, nullable=False),  # sealed
    Column("reply_secret", LargeBinary, nullable=False),  # sealed
    Column("permit", LargeBinary),
    Column("bundle", LargeBinary),
    Column("expires", Int),
    Column("month", Text),  # of `issued`, in Japan, from the permit on
    Column("refusal", Text),
    Column("ended", Int),
)
Index("inquiries_by_month", INQUIRIES.c.month, INQUIRIES.c.provider)
Index("inquiries_by_state", INQUIRIES.c.state)
INQUIRY_ENTRIES = database.table(
    "inquiry_entries",
    _METADATA,
    Column("inquiry", Text, ForeignKey("inquiries.id"), primary_key=True),
    Column("position", Int, primary_key=True, autoincrement=False),  # as the officer wrote them
    Column("listed", Int, nullable=False),  # in the request's list, which is shuffled
    Column("person", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("result", LargeBinary),  # sealed
)
# What this office answered (answering/) and enrolled (acquiring/): F7.
ANSWERED = database.table(
    "answered",
    _METADATA,
    Column("request", LargeBinary, primary_key=True),
    Column("permit", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("from", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("count", Int, nullable=False),
    Column("issued", Int, nullable=False),
    Column("month", Text, nullable=False),
    Column("expires", Int, nullable=False),
    Column("provided", Int, nullable=False),
    Column("context", LargeBinary),  # sealed; who asked in which case and why
    Column("answer", LargeBinary),  # as it was sent; erased when no repeat can ask for it
)
Index("answered_by_month", *(ANSWERED.c[name] for name in ("month", "kind", "from", "count")))
# Answers of enrolments are kept; the words stand in the index, so a query must say the same ones.
ERASABLE = and_(ANSWERED.c.answer.is_not(None), ANSWERED.c.kind != literal_column("'enrol'"))
Index("answered_erasable", ANSWERED.c.expires, sqlite_where=ERASABLE)
OUTBOX = database.table(
    "outbox",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("party", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created", Int, nullable=False),
    Column("refused", Int, nullable=False, default=0),  # how often
    Column("next_try", Int, nullable=False, default=0),  # not before this time
    Column("delivered", Int),
)
Index("outbox_undelivered", OUTBOX.c.next_try, sqlite_where=OUTBOX.c.delivered.is_(None))
# Codes at rest (acquiring/) and how they come.
PERSONS = database.table(
    "persons",
    _METADATA,
    Column("person", Text, primary_key=True),
    Column("epoch", Int, primary_key=True, autoincrement=False),
    Column("blob", LargeBinary, nullable=False),
    Column("guard", LargeBinary, nullable=False),
    UniqueConstraint("epoch", "blob"),
)
SHIELDS = database.table(
    "shields",
    _METADATA,
    Column("person", Text, primary_key=True),
    Column("set_by", Text, nullable=False),
    Column("at", Int, nullable=False),
)
ACQUISITIONS = database.table(
    "acquisitions",
    _METADATA,
    Column("acq", LargeBinary, primary_key=True),
    Column("person", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("lost", Int, nullable=False),  # 1 if the office declared that it lost the code
    # waiting, accepted, stored, refused (by us), no-number (in the vault), the register's answer or its refusal's code
    Column("state", Text, nullable=False),
    Column("at", Int, nullable=False),  # since when it is in this state
)
Index("acquisitions_by_state", ACQUISITIONS.c.state, ACQUISITIONS.c.at)
Index("acquisitions_by_person", ACQUISITIONS.c.person)
# A person has one open number at most, whoever hands in.
OPEN = ("waiting", "accepted")
Index("acquisitions_open", ACQUISITIONS.c.person, unique=True, sqlite_where=ACQUISITIONS.c.state.in_(OPEN))
