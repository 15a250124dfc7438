"""What README "How to decide" says about seven topics, said a second time over the rows of the tables.

Each function takes the tables (name -> rows) and the members of a question as YAML has them, and returns whether it is
allowed, the reason and the references. Nothing of the room `law` is used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.law.source import Row, table

Given = dict[str, Any]
NAMES = "roles linkages uses use_grounds grounds prohibitions household identity dependants forbidden_asks".split()
ACT = "425AC0000000027"
ANY = "any"


class Said(NamedTuple):
    """A decision."""

    allowed: bool
    reason: str
    references: set[str]


class Tables:
    """The tables that decide these topics."""

    def __init__(self, other: dict[str, list[Row]] | None = None) -> None:
        self.rows = {name: table(name) for name in NAMES} | (other or {})
        self.kinds = {row["role_id"]: row for row in self.rows["roles"]}
        self.classes = {
            role: {one for one, row in self.kinds.items() if role in cell(row["members"])} for role in self.kinds
        }
        self.users = {role for row in self.rows["uses"] for role in cell(row["user_roles"])}
        columns = ("requester_role", "provider_role")
        self.parties = {role for row in self.rows["linkages"] for column in columns for role in cell(row[column])}

    def __getitem__(self, name: str) -> list[Row]:
        return self.rows[name]

    def fits(self, role: str, text: str) -> bool:
        named = cell(text)
        if role in named or "anyone" in named:
            return True
        if self.kinds[role]["members"] or self.kinds[role]["kind"] == "class":
            return False
        classes = self.classes[role]
        if classes & set(named):
            return True
        itself_or_member = {role, *classes}
        if "user_body" in named and itself_or_member & self.users:
            return True
        return "linkage_party" in named and bool(itself_or_member & self.parties)


def cell(text: str) -> list[str]:
    return text.split(";") if text else []


def use(t: Tables, q: Given) -> Said:
    if "use_row" in q:
        rows = [row for row in t["uses"] if row["use_row"] == q["use_row"]]
        met = any(t.fits(q["user"], row["user_roles"]) for row in rows)
        references = {row["source"] for row in rows} | {f"{ACT} Art.9"}
        return Said(met, "use_row_match" if met else "no_use_row_for_this_user", references)
    ground = next(row for row in t["use_grounds"] if row["ground_id"] == q["use_ground"])
    met = t.fits(q["user"], ground["user_role"]) and set(cell(ground["machine_condition"])) <= set(q["facts"])
    yes, no = "ground_met", "condition_missing"
    if q["use_ground"] == "UG5":
        yes, no = "disaster_use", "disaster_condition_missing"
    return Said(met, yes if met else no, {ground["source"], f"{ACT} Art.9"})


def ground(t: Tables, q: Given, topic: str = "ground") -> Said:
    acts = [row for row in t["prohibitions"] if row["act"] == q["act"]]
    references = {row["source"] for row in acts}
    line = next((row for row in t["grounds"] if row["ground_id"] == q["ground"]), None)
    references |= {f"{ACT} Art.{line['article']}", line["source"]} if line else {f"{ACT} Arts 15, 19, 20"}
    same = q.get("same_household", False)
    if topic == "household":
        same = any(r["situation"] == q["situation"] and r["same_household"] == "yes" for r in t["household"])
    if same and any(row["same_household_exempt"] == "yes" for row in acts):
        return Said(True, "same_household", references)
    if line is None:
        reason = "no_ground_consent_does_not_help" if q.get("consent") else "no_ground"
        return Said(False, "giving_not_exempt" if topic == "household" and same else reason, references)
    if not (t.fits(q["from"], line["from_role"]) and t.fits(q["to"], line["to_role"])):
        return Said(False, "wrong_party", references)
    if set(cell(line["machine_condition"])) - set(q["facts"]):
        return Said(False, "condition_missing", references)
    if topic == "ordinance":
        if q["item"] != "local_tax":
            return Said(True, "ordinance_conditions_met", references)
        reasons = ("ordinance_conditions_met_with_consent", "local_tax_without_consent")
        return Said(bool(q.get("consent")), reasons[0 if q.get("consent") else 1], references)
    return consent(line["consent_effect"], q, references)


def consent(effect: str, q: Given, references: set[str]) -> Said:
    if effect not in ("required", "required_unless_hard_to_get"):
        return Said(True, "ground_met", references)
    if q.get("consent"):
        return Said(True, "consent_given", references)
    if effect == "required_unless_hard_to_get" and q.get("consent_hard_to_get"):
        return Said(True, "consent_hard_to_get", references)
    return Said(False, "consent_missing", references)


def identity(t: Tables, q: Given) -> Said:
    of_channel = [row for row in t["identity"] if (row["who"], row["channel"]) == (q["who"], q["channel"])]
    references = {row["legal_basis"] for row in of_channel} | {f"{ACT} Art.16"}
    left = [row for row in of_channel if row["context"] in (ANY, q.get("context", ANY))]

    def met(row: Row, proof: str) -> bool:
        shown = {one for one in q.get(proof, []) if one in cell(row[f"{proof}_in"])}
        return len(shown) >= int(row[f"{proof}_min"])

    for row in left:
        if met(row, "number_proof") and met(row, "identity_proof") and met(row, "authority_proof"):
            return Said(True, row["reason_if_met"], references)
    return Said(False, not_identified(q, left, met), references)


def not_identified(q: Given, left: list[Row], met: Callable[[Row, str], bool]) -> str:
    if not q["identity_proof"] and (not q["number_proof"] or q["channel"] == "phone"):
        return "number_alone"
    if q["channel"] in ("phone", "online"):
        return {"phone": "phone_without_file", "online": "online_one_sided"}[q["channel"]]
    number = any(met(row, "number_proof") for row in left)
    if q["who"] != "self":
        if not number:
            return "principal_number_missing"
        if not any(met(row, "identity_proof") for row in left):
            return "relation_missing" if q["who"] == "corporate_agent" else "agent_identity_missing"
        return "authority_missing"
    if not number:
        return "employment_does_not_waive_number" if q.get("context") == "evident_identity" else "number_proof_missing"
    if not q["identity_proof"]:
        return "mail_identity_missing" if q["channel"] == "mail" else "identity_proof_missing"
    if any(one in q["identity_proof"] for one in ("return_document", "account_number", "secret_fact")):
        return "tax_rule_outside_tax"
    return "one_document_not_enough"


def entrustment(t: Tables, q: Given) -> Said:
    permitted = q["has_permission_of_original_entruster"]
    references = {row["source"] for row in t["prohibitions"] if row["act"] == "re_entrust_without_permission"}
    return Said(permitted, "permission" if permitted else "no_permission", references)


def dependants(t: Tables, q: Given) -> Said:
    row = next(row for row in t["dependants"] if row["procedure"] == q["procedure"])
    references = {row["article"]}
    if row["number_may_be_asked"] == "no" or q["asked_by"] != row["asks"]:
        return Said(False, "not_to_be_asked", references)
    if q["checked_by"] not in cell(row["checks_dependant"]) or q["checked_by"] == "none":
        return Said(False, "wrong_checker", references)
    if q["employee_acts_as"] not in cell(row["employee_acts_as"]):
        return Said(False, "wrong_capacity", references)
    proofs = set(q.get("authority_proof", [])) & set(cell(row["authority_proof"]))
    if q["employee_acts_as"] == "agent" and not proofs:
        return Said(False, "authority_missing", references)
    by_checker = {
        "employee": "employee_in_charge",
        "pension_receiver": "pension_receiver_in_charge",
        "employer": "employer_checks",
        "employee_entrusted_by_employer": "entrusted",
        "mutual_aid_pension": "association_checks",
    }
    return Said(True, by_checker[q["checked_by"]], references)


def forbidden_ask(t: Tables, q: Given) -> Said:
    lines = [
        row
        for row in t["forbidden_asks"]
        if row["asked"] == q["asked"]
        and all({ANY, q[column]} & set(cell(row[column])) for column in ("channel", "claims_to_be", "context"))
    ]
    never = [row for row in lines if row["allowed"] == "never"]
    if never:
        return Said(False, "never", {row["basis"] for row in never})
    if not lines:
        return Said(False, "no_line", set())
    references = {row["basis"] for row in lines}
    return Said(q["solicited"], "solicited" if q["solicited"] else "not_solicited", references)
