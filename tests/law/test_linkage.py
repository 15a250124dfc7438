"""The linkage decision: every rule in its order, and the same answers as the tables read plainly."""

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.law.deciding.linkage import LinkageQuestion, rule
from mynumber.law.rulings import Allowed, Refused, Undecidable
from mynumber.law.statute import InfoId, Law, ProcedureId, RelationId, RoleId, RowNo, current
from mynumber.law.wording.explaining import sentences
from mynumber.plumbing.errors import OwnFault, WrongUse
from tests.law.source import ITEMS, PLAIN, PROCEDURES, RELATIONS, ROLES, Asked, Row, at, changed, question, table
from tools.build_law import build_law

LINES = table("linkages")
BY_ID = {line["linkage_id"]: line for line in LINES}
CHILD_ALLOWANCE = question(Asked("municipality", "jps", "107", "pension", "recipient"))

askings = st.builds(
    Asked,
    st.sampled_from(list(ROLES)),
    st.sampled_from(list(ROLES)),
    st.sampled_from(list(PROCEDURES)),
    st.sampled_from(ITEMS),
    st.none() | st.sampled_from(RELATIONS),
)


@st.composite
def near_a_line(draw: st.DrawFn) -> Asked:
    """A question that a line answers, with one member drawn anew or none."""
    line = draw(st.sampled_from(LINES))
    item = draw(st.sampled_from(line["info_ids"].split(";")))
    relations = sorted(PLAIN.relations(line["row_no"], item))
    asked = Asked(
        draw(st.sampled_from(line["requester_role"].split(";"))),
        draw(st.sampled_from(line["provider_role"].split(";"))),
        line["row_no"],
        item,
        draw(st.none() | st.sampled_from(relations or RELATIONS)),
    )
    changes = draw(askings)
    member = draw(st.sampled_from([None, *Asked._fields]))
    return asked if member is None else asked._replace(**{member: getattr(changes, member)})


@given(askings | near_a_line())
def test_the_rule_is_the_two_tables(asked: Asked) -> None:
    decision = rule(question(asked), current())
    granted_by = PLAIN.granted_by(asked)
    assert isinstance(decision, Allowed) == bool(granted_by)
    if isinstance(decision, Allowed):
        assert set(granted_by) == {row for row in decision.rows if row.startswith("L")}


def test_every_line_allows_what_it_says() -> None:
    for line in LINES:
        for item in line["info_ids"].split(";"):
            decision = rule(at(line, item=InfoId(item)), current())
            if item in line["info_ids_not_in_detail"].split(";"):
                assert decision.reason == "named_in_table_but_not_in_detail_article"
            else:
                assert isinstance(decision, Allowed)
                assert decision.rows == (line["linkage_id"],)


def test_an_allowed_question_names_row_article_and_lines() -> None:
    decision = rule(CHILD_ALLOWANCE, current())
    assert decision.reason == "subject_in_detail"
    assert decision.article == "506M60004008009 Art.109"
    assert "506M60004008009 Art.2 row 107" in decision.references
    assert decision.rows[0] == "L107-2"
    assert {row[:2] for row in decision.rows[1:]} == {"D1"}
    assert "日本年金機構" in decision.explanation.ja
    assert "Japan Pension Service" in decision.explanation.en


@pytest.mark.parametrize(
    ("change", "reason", "article"),
    [
        ({"requester": "jasso"}, "requester_not_in_row", "506M60004008009 Art.2 row 107"),
        (
            {"requester": "jasso", "provider": "court", "item": "premature_infant_care"},
            "procedure_has_no_such_row",
            "506M60004008009 Art.2 row 107",
        ),
        ({"provider": "court"}, "provider_not_in_row", "506M60004008009 Art.2 row 107"),
        ({"provider": "isa"}, "provider_not_in_row", "506M60004008009 Art.2 row 107"),
        ({"item": "premature_infant_care"}, "item_not_of_this_provider", "506M60004008009 Art.2 row 107"),
        ({"date": date(2026, 6, 13)}, "not_in_force_on_date", "506M60004008009 Art.2 row 107"),
        ({"pia_requester": "unpublished"}, "assessment_unpublished", "425AC0000000027 Art.28(6)"),
        ({"pia_provider": "unpublished"}, "assessment_unpublished", "425AC0000000027 Art.28(6)"),
        ({"notice": "expired"}, "notice_expired", "426M60000008085 Art.41(3)"),
        ({"notice": "none"}, "no_notice_of_the_core", "425AC0000000027 Arts 21(2), 22(1)"),
        ({"subject": "licence_holder"}, "subject_not_in_detail", "506M60004008009 Art.109"),
    ],
)
def test_each_rule_refuses_with_its_article(change: dict[str, str], reason: str, article: str) -> None:
    decision = rule(replace(CHILD_ALLOWANCE, **change), current())  # type: ignore[arg-type]
    assert isinstance(decision, Refused)
    assert (decision.reason, decision.article) == (reason, article)


WORSE_AND_WORSE = [
    ({"subject": "licence_holder"}, "subject_not_in_detail"),
    ({"notice": "none"}, "no_notice_of_the_core"),
    ({"pia_provider": "unpublished"}, "assessment_unpublished"),
    ({"date": date(2026, 6, 13)}, "not_in_force_on_date"),
    ({"provider": "court"}, "provider_not_in_row"),
    ({"requester": "jasso"}, "requester_not_in_row"),
]


def test_the_first_rule_that_applies_decides() -> None:
    asked = CHILD_ALLOWANCE
    for change, reason in WORSE_AND_WORSE:
        asked = replace(asked, **change)  # type: ignore[arg-type]
        assert rule(asked, current()).reason == reason


def test_a_line_outside_the_details_comes_before_the_date() -> None:
    asked = at(BY_ID["L92-1"], item=InfoId("mental_disability_certificate"), date=date(2000, 1, 1))
    assert rule(asked, current()).reason == "named_in_table_but_not_in_detail_article"


def test_both_ends_of_a_period_belong_to_it() -> None:
    line = replace(current().lines[ProcedureId("proc-1")][0], in_force_to=date(2026, 12, 31))
    days = [date(2026, 6, 13), date(2026, 6, 14), date(2026, 12, 31), date(2027, 1, 1)]
    assert [line.in_force(day) for day in days] == [False, True, True, False]


def test_without_a_row_any_row_of_the_procedure_allows() -> None:
    family_register = question(Asked("municipality", "moj", "106", "family_register", None))
    assert rule(replace(family_register, row=None), current()).article == "506M60004008009 Art.2 row 106"
    assert rule(replace(CHILD_ALLOWANCE, row=None), current()).reason == "subject_in_detail"
    assert rule(replace(CHILD_ALLOWANCE, row=None, subject=None), current()).article == "506M60004008009 Art.2 row 107"
    assert rule(replace(CHILD_ALLOWANCE, row=RowNo("106")), current()).reason == "provider_not_in_row"
    assert rule(replace(CHILD_ALLOWANCE, row=RowNo("58")), current()).reason == "procedure_has_no_such_row"


def test_a_class_means_its_members_and_a_class_itself_means_no_member() -> None:
    assert rule(replace(CHILD_ALLOWANCE, provider=RoleId("kkr")), current()).reason == "subject_in_detail"
    assert (
        rule(replace(CHILD_ALLOWANCE, provider=RoleId("mutual_aid_pension")), current()).reason == "subject_in_detail"
    )
    assert (
        rule(replace(CHILD_ALLOWANCE, requester=RoleId("local_government_head")), current()).reason
        == "requester_not_in_row"
    )
    assert rule(replace(CHILD_ALLOWANCE, requester=RoleId("anyone")), current()).reason == "requester_not_in_row"


def test_open_classes_follow_the_tables() -> None:
    fits = current().fits
    assert fits(RoleId("municipality"), [RoleId("user_body")])
    assert fits(RoleId("kkr"), [RoleId("linkage_party")])
    assert not fits(RoleId("stranger"), [RoleId("user_body"), RoleId("linkage_party"), RoleId("related_body")])
    assert fits(RoleId("employer"), [RoleId("related_body")])
    assert fits(RoleId("stranger"), [RoleId("anyone")])
    assert not fits(RoleId("mutual_aid_pension"), [RoleId("linkage_party")])
    assert fits(RoleId("mutual_aid_pension"), [RoleId("anyone")])


@pytest.mark.parametrize("subject", ["worker", "applicant", "see_source"])
def test_what_was_not_normalised_is_undecidable(subject: str) -> None:
    # Row 70 names `worker` in one step and refers to the source in the others.
    line = next(line for line in LINES if line["row_no"] == "70" and "other_nhi_56" in line["info_ids"].split(";"))
    decision = rule(at(line, item=InfoId("other_nhi_56"), subject=RelationId(subject)), current())
    assert isinstance(decision, Undecidable)
    assert decision.article == "506M60004008009 Art.72"


@pytest.mark.parametrize("member", ["requester", "provider", "procedure", "item", "row", "subject"])
def test_an_unknown_word_is_wrong_use_and_is_not_repeated(member: str) -> None:
    with pytest.raises(WrongUse) as raised:
        rule(replace(CHILD_ALLOWANCE, **{member: "123456789018"}), current())  # type: ignore[arg-type]
    assert member in str(raised.value)
    assert "123456789018" not in str(raised.value.members())


def test_every_reason_speaks_both_languages() -> None:
    names = {field.name for field in fields(LinkageQuestion)}
    for sentence in sentences("linkage").values():
        for text in (sentence.ja, sentence.en):
            assert {part.split("}")[0] for part in text.split("{")[1:]} <= names


def test_a_heading_names_nobody(tmp_path: Path) -> None:
    def heading(rows: list[Row]) -> list[Row]:
        named = {"info_ids": "pension", "subject_relations": "child"}
        return [row | named if (row["row_no"], row["line_kind"]) == ("107", "header") else row for row in rows]

    assert build_law(changed(tmp_path / "law", "linkage_details", heading), tmp_path / "data").errors == []
    asked = replace(CHILD_ALLOWANCE, subject=RelationId("child"))
    assert rule(asked, Law.load(tmp_path / "data")).reason == "subject_not_in_detail"


def test_missing_data_are_our_own_fault(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(OwnFault):
        Law.load(tmp_path_factory.mktemp("empty"))


def test_a_row_with_a_branch_number_is_a_row_of_its_own() -> None:
    assert rule(at(BY_ID["L123-2-1"]), current()).article == "506M60004008009 Art.2 row 123-2"
    assert rule(at(BY_ID["L123-2-1"], row=RowNo("123")), current()).reason == "procedure_has_no_such_row"
