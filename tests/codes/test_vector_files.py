"""The runner on files that it has never seen: networks with other keys, names and numbers of operators."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes.vectors.cases import all_cases
from mynumber.codes.vectors.verdict import judge
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import Town
from tests.codes.passage import Stage
from tests.codes.vector_file import vector_file

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=28).filter(
    lambda name: not name.startswith("op-") and name not in {"keeper", "register", "supervisor", "portal"}
)


@st.composite
def networks(draw: st.DrawFn) -> Stage:
    offices = draw(st.lists(names, min_size=2, max_size=3, unique=True))
    town = Town.of(draw(st.integers(1, 3)), offices, draw(st.text("xyz", max_size=3)))
    town = replace(town, network=draw(names))
    return Stage(town, town.first())


def failures(value: Json) -> list[str]:
    return [f"{case.group} {case.name}" for case in all_cases(value) if not judge(case).passed]


@settings(max_examples=6, deadline=None)
@given(networks())
def test_a_file_of_another_network_passes(net: Stage) -> None:
    file = vector_file(net)
    assert failures(file) == []


@settings(max_examples=6, deadline=None)
@given(networks(), st.integers(0, 3), st.sampled_from(["rand_enc", "rand_input", "secret", "permit_hash"]))
def test_a_file_whose_bytes_are_others_fails(net: Stage, run: int, name: str) -> None:
    file = json.loads(json.dumps(vector_file(net)))
    file["worlds"][0]["runs"][run][name] = "77" * 32
    assert failures(file) == ["worlds[0].runs x"]
