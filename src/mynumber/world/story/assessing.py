"""The file of an office that an item lies in, as the office declares it, and what the law says of its assessments.

The sizes are those of the office that is modelled (`[files]` of its configuration), because a town is too small for any
duty to assess.
"""

from mynumber.exchange.view.state import Block
from mynumber.gateway.config import File, GatewayConfig
from mynumber.law.deciding.duties import pia
from mynumber.law.deciding.duties.pia import AssessmentQuestion
from mynumber.law.rulings import Decision
from mynumber.law.statute import current
from mynumber.plumbing import config
from mynumber.plumbing.errors import NotFound
from mynumber.world.town.layout import Town

EVERYTHING = ("basic", "focused", "all_items")
_LARGE_STAFF = 500
_ARTICLE = "425AC0000000027 Arts 21(2), 28(6)"


def file_of(town: Town, office: str, item: str) -> File:
    """Return the file of an office that holds an item, or raise NotFound."""
    settings = config.load(town.institution(office).config, GatewayConfig)
    name = settings.file_of(item)
    if name is None:
        raise NotFound("NO_FILE", f"no file of {office} holds {item}", hint="declare it in [files] of its config.toml")
    return settings.files[name]


def ruling(file: File, published: tuple[str, ...]) -> Decision:
    """Return whether the assessments that a file of this size needs are among those published."""
    question = AssessmentQuestion(
        subjects=file.subjects,
        staff=_LARGE_STAFF if file.staff_500_or_more else 0,
        incident=file.incident,
        published=published,  # type: ignore[arg-type]  # the caller's words are those of the law data
        file_kind=pia.AFFAIR,
    )
    return pia.rule(question, current())


def stops(office: str, file: File) -> tuple[Block, ...]:
    """Return what stops a file of an office, asking and giving: a block for each kind of information in it."""
    kinds = sorted({item.partition("/")[0] for item in file.items})
    reason = "the assessment of this file is not published"
    return tuple(Block(party=office, procedure="", item=kind, article=_ARTICLE, reason=reason) for kind in kinds)
