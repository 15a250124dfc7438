"""What README "How to decide" says about eight topics, said a second time over the rows of the tables.

Each function takes the tables (name -> rows) and the members of a question as YAML has them, and returns whether it is
allowed (None: undecidable), the reason and the references. Nothing of the room `law` is used.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.law.source import Row, table

Tables = dict[str, list[Row]]
Given = Mapping[str, Any]
NAMES = """pia pia_exemptions leak_reports leak_report_items retention definitions number_equivalents penalties
    penalty_elements breach_paths prohibitions general_law""".split()
ACT = "425AC0000000027"


class Said(NamedTuple):
    """A decision."""

    allowed: bool | None
    reason: str
    references: list[str]


def tables() -> Tables:
    """Read the tables that decide these topics."""
    return {name: table(name) for name in NAMES}


def cell(text: str) -> list[str]:
    return text.split(";") if text else []


def pia(t: Tables, q: Given) -> Said:
    for row in t["pia_exemptions"]:
        if row["file_kind"] == q["file_kind"]:
            return Said(True, "exempt", [row["source"]])
    for row in t["pia"]:
        low = int(row["subjects_min"])
        high = int(row["subjects_below"] or 10**18)
        staff = {"any": True, "yes": q["staff"] >= 500, "no": q["staff"] < 500}[row["staff_500_or_more"]]
        incident = {"any": True, "yes": q["incident"], "no": not q["incident"]}[row["serious_incident_past_year"]]
        if low <= q["subjects"] < high and staff and incident:
            due = set(row["assessment_required"].split("+")) - {"none"}
            complete = due <= set(q["published"])
            return Said(complete, "assessment_complete" if complete else "assessment_missing", [row["source"]])
    return Said(None, "read_the_source", [f"{ACT} Art.28"])


def leak(t: Tables, q: Given) -> Said:
    references = ["427M60020000005 Arts 2, 3, 5"]
    met = []
    for row in t["leak_reports"]:
        about = {
            "LK1": q["system"] in cell(row["applies_to"]),
            "LK2": q["wrongful_purpose"],
            "LK3": q["visible_to_unspecified_many"],
            "LK4": True,
        }[row["class_id"]]
        if about and q["persons"] >= int(row["min_persons"]) and not q["advanced_encryption"]:
            met.append(row)
    if not met:
        return Said(True, "not_reportable", references)
    if q["action"] == "no_report":
        return Said(False, f"must_report:{met[0]['class_id']}", references)
    if q["final_report_day"] > max(int(row["final_report_days"]) for row in met):
        return Said(False, "late", references)
    for column, member, reason in (
        ("in_report", "report_items", "report_item_missing"),
        ("in_notice_to_person", "notice_items", "notice_item_missing"),
    ):
        for row in t["leak_report_items"]:
            if member in q and row[column] == "yes" and int(row["item_no"]) not in q[member]:
                return Said(False, reason, references)
    return Said(True, "in_time", references)


def retention(t: Tables, q: Given) -> Said:
    row = next(one for one in t["retention"] if one["retention_id"] == q["retention"])
    references = [row["legal_basis"], f"{ACT} Arts 20, 29"]
    if row["duty"] == "no_duty":
        return (
            Said(True, "no_duty", references) if q["action"] == "delete" else Said(None, "read_the_source", references)
        )
    passed = q["years_since_start"] >= float(row["period_years"])
    if q["action"] == "delete":
        return Said(passed, "over" if passed else "duty_to_keep", references)
    if not passed:
        return Said(True, "within", references)
    may = row["after_period"] == "may_delete"
    return Said(may, "may_keep" if may else "delete_duty", references)


def definition(t: Tables, q: Given) -> Said:
    row = next(one for one in t["definitions"] if one["term_id"] == q["data"])
    counts = row["counts_as_my_number"] == "yes"
    return Said(not counts, "counts_as_my_number" if counts else "does_not_count", [row["article"]])


def number_form(t: Tables, q: Given) -> Said:
    row = next(one for one in t["number_equivalents"] if one["form"] == q["form"])
    if "claim" in q:
        right = row[f"{q['sense']}_sense"] == q["claim"]
        return Said(right, "claim_true" if right else "claim_false", [row["basis"]])
    if row["wide_sense"] == "depends":
        needed = cell(row["free_only_if"])
        met = bool(needed) and all(one in q.get("facts", []) for one in needed)
        return Said(met, "conditions_met" if met else "not_shown_free", [row["basis"]])
    free = row["wide_sense"] == "no"
    return Said(free, "does_not_count" if free else "counts", [row["basis"]])


def penalty(t: Tables, q: Given) -> Said:
    row = next(one for one in t["penalties"] if one["penalty_id"] == q["penalty"])
    right = all(row[column] == str(value) for column, value in q["claim"].items())
    return Said(right, "claim_true" if right else "claim_false", [row["source"]])


def general_law(t: Tables, q: Given) -> Said:
    row = next(one for one in t["general_law"] if (one["rule_topic"], one["who"]) == (q["rule_topic"], q["who"]))
    right = all(row[column] == str(value) for column, value in q["claim"].items())
    references = [one for one in (row["general_article"], row["my_number_article"]) if one]
    return Said(right, "claim_true" if right else "claim_false", references)


def fulfilled(t: Tables, facts: list[str]) -> list[str]:
    """Return the offences of which a line is fulfilled."""
    found = []
    for row in t["penalty_elements"]:
        kinds = [cell(row[kind]) for kind in ("actor", "act", "object", "means", "intent")]
        met = all(not kind or any(one in facts for one in kind) for kind in kinds)
        if met and all(one in facts for one in cell(row["circumstances_all"])):
            found.append(row["penalty_id"])
    return found


def open_paths(t: Tables, q: Given) -> list[str]:
    """Return the paths that the breach opens."""
    return [
        row["path_id"]
        for row in t["breach_paths"]
        if q.get("breach") in cell(row["acts"])
        if not (q.get("excluded_procedure", False) and row["not_applied_in"])
    ]


def penalty_elements(t: Tables, q: Given) -> Said:
    offences, paths = fulfilled(t, q["facts"]), open_paths(t, q)
    ((kind, value),) = q["claim"].items()
    right = {
        "penalty": value in offences,
        "path": not offences and value in paths,
        "none": not offences and not paths,
    }[kind]
    references = [row["basis"] for row in t["penalty_elements"] if row["penalty_id"] in (*offences, value)]
    references += [row["source"] for row in t["prohibitions"] if row["act"] == q.get("breach")]
    sources = {row["penalty_id"]: row["source"] for row in t["penalties"]}
    for row in t["breach_paths"]:
        if row["path_id"] == value or q.get("breach") in cell(row["acts"]):
            references += [row[one] for one in ("step_1_article", "step_2_article", "urgent_article") if row[one]]
            references += [sources.get(row["end_penalty"], row["end_penalty"])] if row["end_penalty"] else []
    return Said(right, "claim_true" if right else "claim_false", [*references, f"{ACT} Art.36"])


PLAIN: Mapping[str, Callable[[Tables, Given], Said]] = {
    "pia": pia,
    "leak": leak,
    "retention": retention,
    "definition": definition,
    "number_form": number_form,
    "penalty": penalty,
    "penalty_elements": penalty_elements,
    "general_law": general_law,
}
