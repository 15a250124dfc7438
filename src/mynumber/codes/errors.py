"""The one failure of this room: a ProtocolError whose code is a name of PROTOCOL.md section 13."""

from mynumber.plumbing.errors import Refused

NAMES = frozenset(
    [
        "BAD_ENCODING",
        "BAD_POINT",
        "IDENTITY_POINT",
        "BAD_SCALAR",
        "WRONG_TYPE",
        "SIGNATURE_SET",
        "BAD_SIGNATURE",
        "BAD_SIGNING_KEY",
        "DUPLICATE_KEY",
        "BAD_POP",
        "BAD_ENTRY",
        "ROLE_CONFLICT",
        "STALE_DIRECTORY",
        "UNKNOWN_PARTY",
        "SAME_AGENCY",
        "UNKNOWN_EPOCH",
        "BAD_DOMAINS",
        "ORDER_MISMATCH",
        "NOT_FRESH",
        "REPLAYED",
        "LAW_REFUSED",
        "BATCH_SIZE",
        "LIST_HASH",
        "BAD_INPUT_PROOF",
        "CHAIN_MISMATCH",
        "BAD_CONVERSION_PROOF",
        "PERMIT_MISMATCH",
        "PERMIT_EXPIRED",
        "PERMIT_USED",
        "UNKNOWN_TAG",
        "BAD_RELEASE_PROOF",
        "ACQUISITION_UNKNOWN",
        "DUPLICATE_CODE",
        "UNWRAP_FAILED",
        "ROTATION_MISMATCH",
        "BAD_ROW",
        "BAD_ANSWER",
    ]
)


class ProtocolError(Refused):
    """A check of PROTOCOL.md failed; `code` names it and nothing else is told."""

    def __init__(self, code: str, message: str = "", *, row: str | None = None) -> None:
        """Raise with a name of section 13; `row` is the procedure's text and goes with LAW_REFUSED."""
        if code not in NAMES:
            raise ValueError(code)
        super().__init__(code, message)
        self.row = row
