"""What pages say of exchanges: the choice of a list, the steps with their proofs, and the files to take away."""

import csv
import io
import json
from itertools import product

import pytest
from cryptography.exceptions import InvalidSignature

from mynumber.plumbing import canonical
from mynumber.portal.citizens import Outcome, Seen
from mynumber.portal.config import Language
from mynumber.portal.pages.telling import choosing, explaining, exporting
from mynumber.portal.pages.telling.choosing import Choice
from mynumber.portal.pages.telling.naming import Naming
from mynumber.portal.pages.telling.words import LANGUAGES, words
from tests.portal.pages.desk import ACCOUNT, BEGIN, DAY, FULL, KEYS, NAMES, OWN, PENSION, TAX, Asked, history, seen


def naming(language: Language, now: int = BEGIN) -> Naming:
    return Naming(words(language), lambda party, spoken: NAMES.get(party, {}).get(spoken, party), now)


# The choice of a list.


def test_a_year_is_a_year_in_japan() -> None:
    new_year = 1_767_193_200  # 1 January 2026, 0:00 in Japan, is 31 December in Europe
    shown = history(
        Asked("tax", "city-b", "link-1", (), at=new_year), Asked("tax", "city-b", "link-1", (), at=new_year - 1)
    )
    assert choosing.years(Choice(), shown.exchanges) == [2026, 2025]
    assert choosing.chosen(Choice(year=2026), shown.exchanges) == shown.exchanges[:1]


def test_an_office_is_chosen_whether_it_asked_or_was_asked() -> None:
    chosen = choosing.chosen(Choice(office="pension"), FULL.exchanges)
    assert [(one.from_, one.to) for one in chosen] == [
        ("city-a", "pension"),
        ("pension", "city-a"),
        ("city-b", "pension"),
    ]


def test_year_and_office_are_chosen_together_in_the_order_of_the_history() -> None:
    query = {"year": "2026", "office": "pension"}
    choice = choosing.choose(query)
    assert choice.narrowed
    assert choice.query() == query
    assert [one.id for one in choosing.chosen(choice, FULL.exchanges)] == ["x0.0", "x2.0"]


@pytest.mark.parametrize(
    "query",
    [{"year": "x"}, {"year": "２０２６"}, {"office": "<b>"}, {"page": "-1"}, {"page": "９"}, {"page": "9" * 9}, {}],
)
def test_what_cannot_be_chosen_chooses_everything(query: dict[str, str]) -> None:
    assert choosing.choose(query) == Choice()


@pytest.mark.parametrize("query", [{"year": "1999"}, {"office": "nobody"}, {"year": "2026", "office": "nobody"}])
def test_what_no_exchange_has_chooses_nothing_and_the_form_shows_it(query: dict[str, str]) -> None:
    choice = choosing.choose(query)
    assert choosing.chosen(choice, FULL.exchanges) == ()
    assert choice.query() == query
    assert choice.year in (None, *choosing.years(choice, FULL.exchanges))
    assert choice.office in ("", *choosing.offices(choice, FULL.exchanges))


def test_pages_hold_fifty_and_the_last_one_the_rest() -> None:
    many = tuple(seen(PENSION, number) for number in range(120))
    pages = [choosing.turn_to(Choice(page=number), many) for number in (1, 2, 3, 4)]
    assert [len(page.exchanges) for page in pages] == [50, 50, 20, 20]
    assert sum((page.exchanges for page in pages[:3]), ()) == many
    assert (pages[3].number, pages[3].last) == (3, 3)
    assert choosing.turn_to(Choice(), ()).last == 1


# Steps.


@pytest.mark.parametrize(
    ("language", "outcome", "asker"), list(product(LANGUAGES, ("ok", "not-available", "pending"), ("city-a", "portal")))
)
def test_every_step_is_told_with_proof_and_limit(language: Language, outcome: Outcome, asker: str) -> None:
    procedure = "self-information" if asker == "portal" else "link-107"
    shown = naming(language).show(seen(Asked(asker, "pension", procedure, ("pension",), outcome), 0))
    steps = explaining.explain(shown, naming(language))
    assert [step.name for step in steps] == ["asked", "ruled", "recorded", "answered", "outcome"]
    assert all(step.title and step.told and step.proof and step.limit for step in steps)
    states = {step.name: step.state for step in steps}
    assert [states[name] for name in ("asked", "ruled", "recorded")] == ["done"] * 3
    assert (states["answered"], states["outcome"]) == {
        "ok": ("done", "done"),
        "not-available": ("done", "no"),
        "pending": ("waiting", "waiting"),
    }[outcome]


def test_the_page_says_that_it_does_not_ask_operators_and_who_compares_instead() -> None:
    limit = {
        language: explaining.explain(naming(language).show(seen(PENSION, 0)), naming(language))[1].limit
        for language in LANGUAGES
    }
    assert "same person" in limit["en"]
    assert "supervisor" in limit["en"]
    assert "監督機関" in limit["ja"]


def test_a_report_that_has_not_come_proves_nothing() -> None:
    pending = Asked("city-a", "pension", "link-107", ("pension/recipient",), "pending")
    steps = explaining.explain(naming("en").show(seen(pending, 0)), naming("en"))
    assert {step.proof for step in steps[3:]} == {"Nothing, until the report arrives."}


@pytest.mark.parametrize(
    ("language", "moment", "told"),
    [("en", "21 September 2026, 23:23", "No report"), ("ja", "2026年9月21日 23:23", "報告は届いていません")],
)
def test_behind_its_permit_nobody_is_told_to_wait_for_a_report(language: Language, moment: str, told: str) -> None:
    pending = seen(Asked("city-a", "pension", "link-107", ("pension/recipient",), "pending"), 0)
    in_time, behind = naming(language, BEGIN + 600), naming(language, BEGIN + 601)
    assert explaining.state_of("answered", in_time.show(pending)) == "waiting"
    steps = explaining.explain(behind.show(pending), behind)[3:]
    assert [step.state for step in steps] == ["unknown", "unknown"]
    assert all(moment in step.told for step in steps)
    assert told in steps[0].told
    assert in_time.outcome(pending) != behind.outcome(pending)
    made = json.dumps(exporting.as_json([pending], history(), behind), ensure_ascii=False)
    assert behind.outcome(pending) in made
    assert '"outcome": "pending"' in made, "a program still reads what the record says"
    answered = seen(PENSION, 0)
    assert behind.fate(answered) == "ok"


@pytest.mark.parametrize(("language", "you"), [("en", "You (on this site)"), ("ja", "あなた（このサイトから）")])
def test_files_call_the_person_as_the_list_does_and_a_receipt_for_others_does_not(language: Language, you: str) -> None:
    own, other, spoken = seen(OWN, 0), seen(TAX, 1), naming(language)
    assert [row[3] for row in table((own, other), language)[1:]] == [you, spoken.party("city-b")]
    made = json.dumps(exporting.as_json([own], history(), spoken), ensure_ascii=False)
    assert f'"from": "{you}"' in made
    receipt = json.dumps(exporting.receipt(own, spoken, made_at=BEGIN, directory="ab" * 32), ensure_ascii=False)
    assert f'"from": "{spoken.party("portal")}"' in receipt


def test_names_are_those_of_the_law_and_of_the_configuration() -> None:
    shown = naming("ja").show(seen(TAX, 0))
    assert (shown.asker, shown.provider) == ("乙川市", "甲野市")
    assert shown.procedure == "児童手当・旧特例給付の支給"
    assert shown.items[0] == "地方税関係情報（受給者・受給権者）"


def test_what_nobody_named_is_shown_as_it_stands() -> None:
    shown = naming("ja").show(seen(Asked("office-9", "city-b", "link-9999", ("new_item/who",), "pending"), 0))
    assert (shown.asker, shown.procedure, shown.items) == ("office-9", "link-9999", ("new_item（who）",))


@pytest.mark.parametrize(
    ("reference", "japanese", "english"),
    [
        ("425AC0000000027 Art.23(2)", "番号法第23条第2項", "My Number Act, Article 23(2)"),
        ("425AC0000000027 Art.21-2(8)", "番号法第21条の2第8項", "My Number Act, Article 21-2(8)"),
        (
            "415AC0000000057 Art.78(1)(v)",
            "個人情報保護法第78条第1項第5号",
            "Act on the Protection of Personal Information, Article 78(1)(v)",
        ),
        (
            "425AC0000000027 suppl. Art.6(3)",
            "番号法附則第6条第3項",
            "My Number Act, Supplementary Provisions, Article 6(3)",
        ),
        (
            "506M60004008009 Art.2 row 107",
            "利用特定個人情報の提供に関する命令第2条の表の107の項",
            "506M60004008009 Art.2 row 107",
        ),
        ("415AC0000000057 Art.78(1)(iiii)", "415AC0000000057 Art.78(1)(iiii)", "415AC0000000057 Art.78(1)(iiii)"),
        ("", "", ""),
    ],
)
def test_a_provision_is_cited_as_people_do(reference: str, japanese: str, english: str) -> None:
    assert (naming("ja").article(reference), naming("en").article(reference)) == (japanese, english)


# Files.


def table(exchanges: tuple[Seen, ...], language: Language = "ja") -> list[list[str]]:
    data = exporting.as_csv(exchanges, naming(language))
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_csv_begins_with_a_byte_order_mark_and_ends_its_lines_as_the_rfc_says() -> None:
    data = exporting.as_csv(FULL.exchanges, naming("ja"))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == len(FULL.exchanges) + 1
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_csv_has_a_column_for_all_that_the_list_shows() -> None:
    head, first, *rest = table(FULL.exchanges)
    assert len(rest) == len(FULL.exchanges) - 1
    row = dict(zip(head, first, strict=True))
    assert row["求めた日時"] == "2026-09-21T23:13:20+09:00"
    assert (row["求めた役所"], row["答える役所"]) == ("甲野市", "年金機構")
    assert row["結果"] == "回答あり"
    assert dict(zip(head, rest[1], strict=True))["回答した日時"] == ""


@pytest.mark.parametrize("lie", ["=1+1", "+81", "-2", "@SUM(A1)", "\tx", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(lie: str) -> None:
    shown = history(Asked(lie, "city-a", lie, (lie,), at=BEGIN - DAY))
    for cell in table(shown.exchanges)[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert lie in "".join(table(shown.exchanges)[1])


def test_json_holds_the_members_of_the_history_and_the_names() -> None:
    made = json.loads(json.dumps(exporting.as_json(FULL.exchanges[:2], FULL, naming("en"))))
    late, coming = made["gaps"]
    names = {"agency": "City B", "state": "Missing"}
    assert late == {"agency": "city-b", "year": 2025, "number": 2, "state": "missing", "names": names}
    assert (coming["state"], coming["names"]["state"]) == ("not-yet-known", "Not known here yet")
    assert made["unreadable"] == 1
    first = made["exchanges"][0]
    assert {"requested_at", "provided_at", "from", "to", "procedure", "items", "outcome", "permit"} < set(first)
    assert (first["names"]["to"], first["names"]["outcome"]) == ("Pension Service", "Answered")


def test_who_was_signed_out_before_the_answer_is_told_to_ask_again() -> None:
    own = Asked("portal", "city-a", "self-information", ("local_tax",), "pending")
    told = {"en": "ask again; that makes another record", "ja": "もう一度たずねてください"}
    for language, text in told.items():
        spoken = naming(language)  # type: ignore[arg-type]
        *_, outcome = explaining.explain(spoken.show(seen(own, 0)), spoken)
        assert text in outcome.limit
        *_, other = explaining.explain(spoken.show(seen(ACCOUNT, 0)), spoken)
        assert text not in other.limit


def checked(receipt: dict[str, object]) -> tuple[int, str]:
    """Do what the receipt says under how_to_check, with the key of the directory; return time and outcome."""
    receipt = json.loads(json.dumps(receipt))
    outcome, record = receipt["outcome"], receipt["record"]
    assert isinstance(outcome, dict)
    assert isinstance(record, dict)
    key = KEYS[record["to"]].public_key()
    (signature,) = outcome["signatures"]
    key.verify(canonical.unb64(signature["signature"]), f"{signature['protected']}.{outcome['payload']}".encode())
    said = json.loads(canonical.unb64(outcome["payload"]))
    assert said["permit"] == receipt["permit"] == record["permit"]
    return said["provided"], said["results"][receipt["entry"]]


def made(asked: Asked, language: Language = "en") -> dict[str, object]:
    receipt = exporting.receipt(seen(asked, 0), naming(language), made_at=BEGIN, directory="ab" * 32)
    assert isinstance(receipt, dict)
    return dict(receipt)


def test_a_receipt_can_be_checked_by_what_it_says() -> None:
    assert checked(made(PENSION)) == (BEGIN + 7, "ok")
    assert checked(made(TAX, "ja")) == (BEGIN + 7, "not-available")
    assert made(PENSION)["directory"] == "ab" * 32


def test_a_receipt_with_another_report_does_not_check() -> None:
    forged = made(PENSION)
    forged["outcome"] = made(TAX)["outcome"]
    with pytest.raises(InvalidSignature):
        checked(forged)


def test_a_receipt_says_how_to_check_and_what_it_does_not_prove() -> None:
    for language in LANGUAGES:
        receipt = made(PENSION, language)
        check, limits = receipt["how_to_check"], receipt["what_it_does_not_prove"]
        assert isinstance(check, list)
        assert isinstance(limits, list)
        assert (len(check), len(limits)) == (5, 3)
