"""The scenes of further procedures: an account for an allowance, public assistance, a household, a refund, the dead."""

import json

from mynumber.exchange.context import Conditions
from mynumber.world.offices.desk import LAST_YEAR, THIS_YEAR
from mynumber.world.story import judging
from mynumber.world.story.stage import Entry, Stage, Step

_ALLOWANCE, _ASSISTANCE, _REFUND = "link-106", "link-42", "link-82"


def account(stage: Stage) -> Step:
    """City A asks the account register where to pay the allowance, under row 106."""
    entry = Entry(stage.cast.recipient, ("public_benefit_account/recipient",))
    case = stage.open_case("hanako", _ALLOWANCE, [entry.person], "child allowance: where to pay")
    shown = stage.ask(case, "accounts", [entry])
    stage.inquiries["account"] = shown.id
    records = judging.records(stage, shown, "accounts")
    ok = judging.told(shown) == [judging.held(stage, "accounts", entry)] != [[]] and set(records.values()) == {1}
    return Step("account", "", ok, f"permit {shown.permit}; one account; {judging.names(records)}", ("5-4", "5-5"))


def assistance(stage: Stage) -> Step:
    """City A, as welfare office, asks two offices in one case under row 42; one of them holds nothing."""
    person, reason = stage.cast.applicant, "public assistance: means of the applicant"
    asked = {
        "pension": Entry(person, ("pension/recipient",)),
        "city-b": Entry(person, ("local_tax/recipient",)),
    }
    case = stage.open_case("jiro", _ASSISTANCE, [person], reason)
    told, records, right = {}, {}, []
    for provider, entry in asked.items():
        shown = stage.ask(case, provider, [entry], officer="jiro", conditions=_conditions(provider))
        stage.inquiries[f"assistance-{provider}"] = shown.id
        told[provider] = judging.classes(shown)
        records[provider] = judging.records(stage, shown, provider)
        right.append(judging.told(shown) == [judging.held(stage, provider, entry, LAST_YEAR)])
    ok = (
        told == {"pension": ["nothing-held"], "city-b": ["data"]}
        and all(right)
        and all(set(each.values()) == {1} for each in records.values())
    )
    shown_classes = "; ".join(f"{provider}: {', '.join(found)}" for provider, found in told.items())
    return Step(
        "assistance", "", ok, f"one case, two offices; {shown_classes}; one record each at all parties", ("5-5",)
    )


def household(stage: Stage) -> Step:
    """A household in one case: each person is asked for what the row allows of that person, and gets only that."""
    family = stage.cast.family
    case = stage.open_case("hanako", _ALLOWANCE, family, "child allowance: the household")
    asked = {"local_tax": Conditions(fiscal_year=LAST_YEAR), "resident_record": Conditions()}
    rows, right, names = 0, [], []
    for info, conditions in asked.items():
        entries = [Entry(person, (f"{info}/{'recipient' if person.parents == () else 'child'}",)) for person in family]
        shown = stage.ask(case, "city-b", entries, conditions=conditions)
        stage.inquiries[f"household-{info}"] = shown.id
        expected = [judging.held(stage, "city-b", entry, LAST_YEAR) for entry in entries]
        rows += sum(len(each) for each in expected)
        text = json.dumps([entry.data for entry in shown.entries], ensure_ascii=False)
        names += [mark for mark in ("CANARY", *(person.name for person in family)) if mark in text]
        right += [
            judging.told(shown) == expected,
            [tuple(entry.data) for entry in shown.entries] == [entry.items for entry in entries],
            set(judging.records(stage, shown, "city-b").values()) == {1},
        ]
    ok = len(family) > 2 and all(right) and not names
    detail = f"{len(asked)} inquiries about {len(family)} persons, {rows} rows, each person's own; {len(names)} names"
    return Step("household", "", ok, detail, ("5-4", "5-5"))


def refund(stage: Stage) -> Step:
    """The tax agency asks the account register where to pay a refund, under row 82."""
    entry = Entry(stage.cast.recipient, ("public_benefit_account/applicant",))
    query = "SELECT refund_due FROM national_tax WHERE ref = ? AND refund_due > 0"
    due = stage.evidence.rows("tax", query, (stage.cast.ref("tax", entry.person),), store="business.db")
    case = stage.open_case("kaoru", _REFUND, [entry.person], "refund of income tax", office="tax")
    shown = stage.ask(case, "accounts", [entry], officer="kaoru", office="tax")
    stage.inquiries["refund"] = shown.id
    records = judging.records(stage, shown, "accounts", "tax")
    ok = (
        len(due) == 1
        and judging.told(shown) == [judging.held(stage, "accounts", entry)] != [[]]
        and set(records.values()) == {1}
    )
    detail = f"permit {shown.permit}; {len(due)} refund due at tax, one account told; {judging.names(records)}"
    return Step("refund", "", ok, detail, ("5-4", "5-5"))


def tax_agency_asked(stage: Stage) -> Step:
    """Nobody may ask the tax agency for local tax: no row has it as a provider, and operator 1 says so."""
    person = stage.cast.recipient
    case = stage.open_case("hanako", _ALLOWANCE, [person], "child allowance: the wrong office")
    shown = stage.ask(case, "tax", [Entry(person, ("local_tax/recipient",))])
    stage.inquiries["tax-agency-asked"] = shown.id
    refused, article = judging.refusal(stage, shown)
    heard = stage.evidence.count("tax", "answered", "kind = 'exchange'")
    detail = f"operator-1 refused and wrote it down, nobody passed it on; tax answered {heard}; {article}"
    return Step("tax-agency-asked", "", refused and heard == 0, detail, ("5-5",))


def deceased(stage: Stage) -> Step:
    """City A asks about a resident who died last year: permitted and recorded like anybody, told up to that day.

    A number goes on to be protected behind a death, and so do the codes in its place (My Number Act arts 9, 12): the
    person stays known, so what is not held any more is nothing held, and not somebody unknown.
    """
    person = stage.cast.deceased
    entry = Entry(person, ("pension/recipient",))
    case = stage.open_case("hanako", "link-107", [person], "child allowance: pension paid until the death")
    asked = {
        "until": Conditions(from_=f"{LAST_YEAR}-01-01", to=person.died_on),
        "since": Conditions(from_=f"{THIS_YEAR}-01-01", to=f"{THIS_YEAR}-12-31"),
    }
    told = {name: stage.ask(case, "pension", [entry], conditions=during) for name, during in asked.items()}
    stage.inquiries |= {f"deceased-{name}": shown.id for name, shown in told.items()}
    held = judging.held(stage, "pension", entry)
    ends = [row[judging.PAID_TO] for row in held]
    records = {name: judging.records(stage, shown, "pension") for name, shown in told.items()}
    ok = (
        {name: judging.classes(shown) for name, shown in told.items()} == {"until": ["data"], "since": ["nothing-held"]}
        and judging.told(told["until"]) == [[row for row in held if row[judging.PAID_TO] == person.died_on]] != [[]]
        and max(map(str, ends)) == person.died_on
        and all(set(each.values()) == {1} for each in records.values())
    )
    detail = (
        f"known still: {judging.classes(told['until'])[0]} up to the day of death, for this year "
        f"{judging.classes(told['since'])[0]}; one record each at {judging.names(records['since'])}"
    )
    return Step("deceased", "", ok, detail, ("5-2", "5-5"))


def _conditions(provider: str) -> Conditions:
    return Conditions(fiscal_year=LAST_YEAR) if provider == "city-b" else Conditions()
