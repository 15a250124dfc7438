"""Every primitive, run, thing, positive and negative of vectors/codes.json, each a test of its own."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mynumber.cli.codes import codes
from mynumber.codes.vectors.cases import all_cases
from mynumber.codes.vectors.verdict import Case, Verdict, judge
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import WrongUse

FILE = Path(__file__).parents[2] / "vectors" / "codes.json"
TEXT = FILE.read_text(encoding="utf-8")
CASES = list(all_cases(json.loads(TEXT)))
THINGS = {"rotation", "wrap", "answers", "rows", "reading", "hidden", "outcomes", "forms"}
POINT = "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"  # 2G


@pytest.mark.parametrize("case", CASES, ids=[f"{case.group}-{case.name}" for case in CASES])
def test_case(case: Case) -> None:
    verdict = judge(case)
    assert verdict == Verdict(case.group, case.name, passed=True)


def test_no_object_of_the_file_is_skipped() -> None:
    value = json.loads(TEXT)
    listed = [*value["primitives"].values(), value["positive"], value["negative"]]
    for world in value["worlds"]:
        listed += [world[name] for name in world if name == "runs" or name in THINGS]
    assert len(CASES) == sum(map(len, listed)) + len(value["worlds"])


def without_names(value: Json) -> Json:
    """Return the file with every name, lie and why taken away, and its label."""
    if isinstance(value, list):
        return [without_names(one) for one in value]
    if isinstance(value, dict):
        named = {"args", "rand_enc", "found"} & value.keys()
        said = {"lie", "why", *(["name"] if named else []), *(["label"] if "worlds" in value else [])}
        return {key: "x" if key in said else without_names(one) for key, one in value.items()}
    return value


def test_no_verdict_depends_on_a_name() -> None:
    cases = list(all_cases(without_names(json.loads(TEXT))))
    assert len(cases) == len(CASES)
    assert [case for case in cases if not judge(case).passed] == []


def changed(path: list[str | int], to: Json) -> Json:
    """Return the file with one member replaced."""
    value = json.loads(TEXT)
    place = value
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    result: Json = value
    return result


def failures(value: Json, group: str) -> list[str]:
    """Return the names of the cases of a group that fail."""
    return [case.name for case in all_cases(value) if case.group == group and not judge(case).passed]


@pytest.mark.parametrize(
    ("path", "to", "group", "failing"),
    [
        (["primitives", "xmd", 0, "out"], "00", "primitives.xmd", "0"),
        (["primitives", "pop"], None, "primitives", "pop"),
        (["primitives", "novel"], [{}], "primitives", "novel"),
        (["worlds", 1, "novel"], [], "worlds[1]", "novel"),
        (["worlds", 1, "directory_hash"], "00", "worlds[1]", "hashes"),
        (["worlds", 2, "runs", 1, "expires"], 1, "worlds[2].runs", "single"),
        (["worlds", 2, "runs", 1, "tags"], [], "worlds[2].runs", "single"),
        (["worlds", 2, "runs", 2, "opened"], [[None]], "worlds[2].runs", "read"),
        (["worlds", 1, "rows", 0, "members", "entry"], 1, "worlds[1].rows", "0"),
        (["worlds", 1, "hidden", 0, "seed"], "00", "worlds[1].hidden", "0"),
        (["positive", 0, "result"], "00", "positive", "dir-catch-up"),
        (["negative", 0, "error"], "BAD_POINT", "negative", "point-identity"),
        (["negative", 0, "error"], "NO_SUCH_ERROR", "negative", "point-identity"),
        (["negative", 0, "call"], "no_such_call", "negative", "point-identity"),
        (["negative", 0, "args", "bytes"], POINT, "negative", "point-identity"),
        (["negative", 0, "args"], {}, "negative", "point-identity"),
    ],
)
def test_a_case_that_comes_out_otherwise_fails(path: list[str | int], to: Json, group: str, failing: str) -> None:
    assert failures(changed(path, to), group) == [failing]


@pytest.mark.parametrize("path", [["worlds", 1, "directory", "payload"], ["worlds", 1, "now"]])
def test_a_directory_that_does_not_load_fails_its_world_alone(path: list[str | int]) -> None:
    value = changed(path, 1)
    assert failures(value, "worlds[1].runs") == ["enrol", "single", "read"]
    assert failures(value, "worlds[2].runs") == []


@pytest.mark.parametrize("value", [None, [], {}, changed(["format"], "x"), changed(["worlds"], [])])
def test_another_format_is_refused(value: Json) -> None:
    with pytest.raises(WrongUse):
        list(all_cases(value))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(codes, ["vectors", *arguments])


def test_the_command_ends_with_a_count() -> None:
    done = run(str(FILE))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == f"{len(CASES)} passed, 0 failed"


def one_wrong() -> str:
    """Return a small file of which one case fails."""
    value = json.loads(json.dumps(changed(["negative", 0, "error"], "BAD_POINT")))
    value.update(worlds=value["worlds"][1:2], positive=[], negative=value["negative"][:4])
    return json.dumps(value)


def test_the_command_names_what_failed(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(one_wrong())
    done = run(str(file))
    assert done.exit_code == 1
    assert re.fullmatch("[0-9]+ passed, 1 failed", done.stdout.splitlines()[-1])
    for word in ("negative", "point-identity", "BAD_POINT", "IDENTITY_POINT"):
        assert word in done.stdout


def test_json_is_one_object(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(one_wrong())
    said = json.loads(run(str(file), "--json").stdout)
    wanted = {"group": "negative", "name": "point-identity", "expected": "BAD_POINT", "got": "IDENTITY_POINT"}
    assert said == {"passed": said["passed"], "failed": 1, "failures": [wanted]}
    assert said["passed"] > 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}'])
def test_what_is_no_vector_file_is_wrong_use(tmp_path: Path, text: str) -> None:
    file = tmp_path / "no.json"
    file.write_text(text)
    assert run(str(file)).exit_code == 2
