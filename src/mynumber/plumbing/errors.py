"""One tree of errors; each promises a stable `code`, a sentence, a `hint`, and an `article` where the law decides.

    MyNumberError                exit status and HTTP status belong to the branch
    |-- Refused          1  403  a clear no
    |   |-- BadInput     1  400  what came from outside is malformed
    |   |-- NotFound     1  404  no such thing for this asker
    |   `-- Conflict     1  409  it exists already, or the state forbids it
    |-- WrongUse         2  400  arguments or configuration are wrong
    |-- NotFinished      3  503  a peer is down or something could not be read; trying again may help
    `-- OwnFault        70  500  our own fault

Verification raises; it never returns a bool that a caller can forget to look at. No message carries a number, a code
or a name: what is personal stays out of errors, because errors are logged.
"""

from typing import ClassVar


class MyNumberError(Exception):
    """The root; carries what the command line and problem+json show."""

    exit_status: ClassVar[int] = 70
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, message: str = "", *, hint: str = "", article: str | None = None) -> None:
        """Make an error. `code` is stable and upper case; `message` is one sentence; `hint` is the next action."""
        super().__init__(message or code)
        self.code = code
        self.message = message or code
        self.hint = hint
        self.article = article

    def members(self) -> dict[str, str]:
        """Return the members that `--json` and problem+json share."""
        shown = {"code": self.code, "message": self.message, "hint": self.hint}
        if self.article is not None:
            shown["article"] = self.article
        return shown


class Refused(MyNumberError):
    """A clear no."""

    exit_status = 1
    http_status = 403


class BadInput(Refused):
    """What came from outside is malformed."""

    http_status = 400


class NotFound(Refused):
    """There is no such thing, or not for this asker; the two look alike."""

    http_status = 404


class Conflict(Refused):
    """It exists already, or the present state forbids the step."""

    http_status = 409


class WrongUse(MyNumberError):
    """Arguments or configuration are wrong; nothing was done."""

    exit_status = 2
    http_status = 400


class NotFinished(MyNumberError):
    """A peer is down or something could not be read; trying again may help."""

    exit_status = 3
    http_status = 503


class OwnFault(MyNumberError):
    """Our own fault; the log has more under the same code."""
