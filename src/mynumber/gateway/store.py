"""What a gateway keeps: who may do what, cases, inquiries, answers given, codes at rest. No number and no name.

Codes lie wrapped (PROTOCOL.md section 12); reasons, contexts, reply secrets and received data are sealed under the
office's store key. Numbers and names are not here: numbers lie in the vault, names in the department's own database.
"""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, and_, literal_column

from mynumber.exchange.running import node
from mynumber.plumbing import database
from mynumber.plumbing.database import Int

SCHEMA = node.schema()
_METADATA = SCHEMA.metadata


# Who may do what (desk/).
OFFICERS = database.table(
    "officers",
    _METADATA,
    Column("name", Text, primary_key=True, comment="name of the officer's credential"),
    Column("department", Text, nullable=False, comment="department, empty for the admin"),
    Column("added", Int, nullable=False, comment="unix time at which he was added"),
    Column("removed", Int, comment="unix time at which he was removed"),
    purpose="who works at this office's desk",
)
RIGHTS = database.table(
    "rights",
    _METADATA,
    Column("officer", Text, ForeignKey("officers.name"), primary_key=True, comment="name of the officer's credential"),
    Column("procedure", Text, primary_key=True, comment="procedure that he may use"),
    Column("granted_by", Text, nullable=False, comment="admin who granted it"),
    Column("at", Int, nullable=False, comment="unix time of the grant"),
    purpose="which officer may use which procedure",
)
# What was done about officers, rights and shields (acts.py); what does not apply is empty.
ACTS = database.table(
    "acts",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("at", Int, nullable=False, comment="unix time of the act"),
    Column("by", Text, nullable=False, comment="admin who did it"),
    Column("what", Text, nullable=False, comment="what was done"),
    Column("officer", Text, nullable=False, comment="officer whom it concerns, or empty"),
    Column("procedure", Text, nullable=False, comment="procedure that it concerns, or empty"),
    Column(
        "person",
        Text,
        nullable=False,
        comment="the office's own reference of the person whom it concerns, or empty",
        info={"equivalent": "NE20"},
    ),
    purpose="what was done about officers, rights and withheld persons",
)
CASES = database.table(
    "cases",
    _METADATA,
    Column("id", Text, primary_key=True, comment="number of the case"),
    Column("procedure", Text, nullable=False, comment="procedure of the case"),
    Column("reason", LargeBinary, nullable=False, comment="why the officer asks, sealed"),
    Column("opened_by", Text, ForeignKey("officers.name"), nullable=False, comment="officer who opened it"),
    Column("opened", Int, nullable=False, comment="unix time of the opening"),
    Column("closed", Int, comment="unix time of the closing"),
    purpose="cases in which officers ask",
)
CASE_PERSONS = database.table(
    "case_persons",
    _METADATA,
    Column("case", Text, ForeignKey("cases.id"), primary_key=True, comment="number of the case"),
    Column(
        "person",
        Text,
        primary_key=True,
        comment="the office's own reference of the person",
        info={"equivalent": "NE20"},
    ),
    purpose="about whom a case is",
)
LOOKS = database.table(
    "looks",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("at", Int, nullable=False, comment="unix time of the look"),
    Column("officer", Text, nullable=False, comment="who looked"),
    Column("what", Text, nullable=False, comment="what he did"),
    Column("case", Text, nullable=False, comment="number of the case, or empty"),
    Column("inquiry", Text, nullable=False, comment="number of the inquiry, or empty"),
    Column(
        "person",
        Text,
        nullable=False,
        comment="the office's own reference of the person looked at, or empty",
        info={"equivalent": "NE20"},
    ),
    purpose="who looked at what, so that misuse is seen",
)
# What was refused here: to an officer by the desk, or to another office by the law.
REFUSALS = database.table(
    "refusals",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("at", Int, nullable=False, comment="unix time of the refusal"),
    Column("asker", Text, nullable=False, comment="officer or office that asked"),
    Column("code", Text, nullable=False, comment="code of the refusal"),
    Column("procedure", Text, nullable=False, comment="procedure that was named"),
    Column("digest", LargeBinary, unique=True, comment="hash of asker and request, where another office sent it"),
    purpose="what was refused here, to an officer or to another office",
)
# What this office asks (asking/).
INQUIRIES = database.table(
    "inquiries",
    _METADATA,
    Column("id", Text, primary_key=True, comment="number of the inquiry"),
    Column("case", Text, ForeignKey("cases.id"), nullable=False, comment="number of the case"),
    Column("officer", Text, nullable=False, comment="officer who asks"),
    Column("provider", Text, nullable=False, comment="office that is asked"),
    Column("procedure", Text, nullable=False, comment="procedure of the case"),
    Column("created", Int, nullable=False, comment="unix time at which it was made"),
    Column("state", Text, nullable=False, comment="pending, answered or refused"),
    Column("waiting_for", Text, nullable=False, comment="institution that has to act next"),
    Column("directory", LargeBinary, nullable=False, comment="hash of the directory that the message names"),
    Column("request", LargeBinary, nullable=False, unique=True, comment="hash of the request"),
    Column(
        "message",
        LargeBinary,
        nullable=False,
        comment="the message as it is sent; the office's codes are encrypted for provider and keeper",
        info={"equivalent": "NE08"},
    ),
    Column("context", LargeBinary, nullable=False, comment="officer, department, case, reason and conditions, sealed"),
    Column("reply_secret", LargeBinary, nullable=False, comment="key that opens the answer, sealed"),
    Column("permit", LargeBinary, comment="hash of the permit"),
    Column(
        "bundle",
        LargeBinary,
        comment="the released bundle; the converted codes are encrypted for the provider",
        info={"equivalent": "NE08"},
    ),
    Column("expires", Int, comment="unix time at which the permit ends"),
    Column("month", Text, comment="month of the permit in Japan"),
    Column("refusal", Text, comment="code of the refusal"),
    Column("ended", Int, comment="unix time at which it ended"),
    purpose="what this office asks others",
)
Index("inquiries_by_month", INQUIRIES.c.month, INQUIRIES.c.provider)
Index("inquiries_by_state", INQUIRIES.c.state)
INQUIRY_ENTRIES = database.table(
    "inquiry_entries",
    _METADATA,
    Column("inquiry", Text, ForeignKey("inquiries.id"), primary_key=True, comment="number of the inquiry"),
    Column("position", Int, primary_key=True, autoincrement=False, comment="place as the officer wrote it"),
    Column("listed", Int, nullable=False, comment="place in the request's list, which is shuffled"),
    Column(
        "person", Text, nullable=False, comment="the office's own reference of the person", info={"equivalent": "NE20"}
    ),
    Column("items", Text, nullable=False, comment="items asked for this person"),
    Column("result", LargeBinary, comment="the data received, sealed"),
    purpose="the persons of an inquiry and what was received about them",
)
# What this office answered (answering/) and enrolled (acquiring/): F7.
ANSWERED = database.table(
    "answered",
    _METADATA,
    Column("request", LargeBinary, primary_key=True, comment="hash of the request"),
    Column("permit", LargeBinary, nullable=False, unique=True, comment="hash of the permit"),
    Column("kind", Text, nullable=False, comment="exchange, enrol, self or read"),
    Column("from", Text, nullable=False, comment="inquirer"),
    Column("procedure", Text, nullable=False, comment="procedure that was named"),
    Column("items", Text, nullable=False, comment="items that were asked for"),
    Column("count", Int, nullable=False, comment="entries of the request"),
    Column("issued", Int, nullable=False, comment="unix time of the first endorsement"),
    Column("month", Text, nullable=False, comment="month of `issued` in Japan"),
    Column("expires", Int, nullable=False, comment="unix time at which the permit ends"),
    Column("provided", Int, nullable=False, comment="unix time of the answer"),
    Column("context", LargeBinary, comment="who asked in which case and why, sealed"),
    Column(
        "answer",
        LargeBinary,
        comment="the answer as it was sent, sealed to the inquirer; erased when its time is over or one is withheld",
    ),
    purpose="what this office answered, and the codes' enrolments that it took",
)
Index("answered_by_month", *(ANSWERED.c[name] for name in ("month", "kind", "from", "count")))
# Answers of enrolments are kept; the words stand in the index, so a query must say the same ones.
ERASABLE = and_(ANSWERED.c.answer.is_not(None), ANSWERED.c.kind != literal_column("'enrol'"))
Index("answered_erasable", ANSWERED.c.expires, sqlite_where=ERASABLE)
OUTBOX = database.table(
    "outbox",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("party", Text, nullable=False, comment="to whom it goes"),
    Column("body", LargeBinary, nullable=False, comment="the signed outcome"),
    Column("created", Int, nullable=False, comment="unix time at which it was made"),
    Column("refused", Int, nullable=False, default=0, comment="how often it was refused"),
    Column("next_try", Int, nullable=False, default=0, comment="unix time before which it is not tried again"),
    Column("delivered", Int, comment="unix time of the delivery"),
    purpose="outcomes that the keeper has to get",
)
Index("outbox_undelivered", OUTBOX.c.next_try, sqlite_where=OUTBOX.c.delivered.is_(None))
# Codes at rest (acquiring/) and how they come.
PERSONS = database.table(
    "persons",
    _METADATA,
    Column(
        "person",
        Text,
        primary_key=True,
        comment="the office's own reference of the person",
        info={"equivalent": "NE20"},
    ),
    Column("epoch", Int, primary_key=True, autoincrement=False, comment="epoch of the code"),
    Column(
        "blob",
        LargeBinary,
        nullable=False,
        comment="the code, wrapped; by law a My Number like the code",
        info={"equivalent": "NE03"},
    ),
    Column(
        "guard",
        LargeBinary,
        nullable=False,
        comment="keyed hash of reference and wrapped code, against swapped rows",
        info={"equivalent": "NE06"},
    ),
    UniqueConstraint("epoch", "blob"),
    purpose="this office's codes for its persons, wrapped under its own key",
)
ROTATIONS = database.table(
    "rotations",
    _METADATA,
    Column("old", Int, primary_key=True, autoincrement=False, comment="code epoch that was left"),
    Column("new", Int, nullable=False, comment="code epoch that all codes were carried to"),
    Column("product", LargeBinary, nullable=False, comment="product of the operators' deltas, wrapped"),
    Column("at", Int, nullable=False, comment="unix time at which the codes were carried"),
    purpose="what carries a code of an older epoch over, while messages may still name that epoch",
)
SHIELDS = database.table(
    "shields",
    _METADATA,
    Column(
        "person",
        Text,
        primary_key=True,
        comment="the office's own reference of the person",
        info={"equivalent": "NE20"},
    ),
    Column("set_by", Text, nullable=False, comment="admin who set it"),
    Column("at", Int, nullable=False, comment="unix time of the act"),
    purpose="persons whose data are withheld",
)
ACQUISITIONS = database.table(
    "acquisitions",
    _METADATA,
    Column("acq", LargeBinary, primary_key=True, comment="acquisition number, used once", info={"equivalent": "NE04"}),
    Column(
        "person", Text, nullable=False, comment="the office's own reference of the person", info={"equivalent": "NE20"}
    ),
    Column("ground", Text, nullable=False, comment="linkage row on which the acquisition rests"),
    Column("lost", Int, nullable=False, comment="1 if the office declared that it lost the code"),
    # waiting, accepted, stored, duplicate-code or identity-point (refused by us; `refused` in a store of before),
    # no-number (in the vault), the register's answer or its refusal's code
    Column(
        "state",
        Text,
        nullable=False,
        comment="waiting, accepted, stored, why it was refused here, no-number, or the register's word",
    ),
    Column("at", Int, nullable=False, comment="unix time since which it is in this state"),
    purpose="codes on their way from the register (Act art. 21-2)",
)
# Only where a code was refused because another reference holds it already.
DOUBLES = database.table(
    "doubles",
    _METADATA,
    Column("acq", LargeBinary, primary_key=True, comment="acquisition number, used once", info={"equivalent": "NE04"}),
    Column(
        "other",
        Text,
        nullable=False,
        comment="the office's own reference under which it holds the code",
        info={"equivalent": "NE20"},
    ),
    purpose="which two references stand for one person, for somebody to look at",
)
# A number that fills no new record epoch has no row here; it goes under the epoch in use.
FILLINGS = database.table(
    "fillings",
    _METADATA,
    Column("acq", LargeBinary, primary_key=True, comment="acquisition number, used once", info={"equivalent": "NE04"}),
    Column("record_epoch", Int, nullable=False, comment="record epoch that is being filled"),
    purpose="which acquisitions fill a new record epoch",
)
Index("acquisitions_by_state", ACQUISITIONS.c.state, ACQUISITIONS.c.at)
Index("acquisitions_by_person", ACQUISITIONS.c.person)
# A person has one open number at most, whoever hands in.
OPEN = ("waiting", "accepted")
Index("acquisitions_open", ACQUISITIONS.c.person, unique=True, sqlite_where=ACQUISITIONS.c.state.in_(OPEN))
