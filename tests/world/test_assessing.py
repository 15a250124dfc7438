"""The file that an item is in: declared by its office, judged by the law, stopped as a whole."""

from pathlib import Path

import msgspec
import pytest

from mynumber.gateway.config import File, GatewayConfig
from mynumber.law.rulings import Allowed, Refused
from mynumber.plumbing import config
from mynumber.plumbing.errors import NotFound, WrongUse
from mynumber.world.story import assessing
from mynumber.world.town import boot
from mynumber.world.town.boot import TownSpec
from mynumber.world.town.layout import Town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return boot.build_town(tmp_path_factory.mktemp("town") / "town", TownSpec(residents=50))


@pytest.mark.parametrize("office", ["city-a", "city-b", "pension", "accounts"])
def test_every_item_that_an_office_answers_is_in_one_of_its_files(town: Town, office: str) -> None:
    settings = config.load(town.institution(office).config, GatewayConfig)
    assert settings.mapping
    for item in settings.mapping:
        name = settings.file_of(item)
        assert name is not None, item
        assert item in settings.files[name].items


def test_the_law_decides_on_the_size_that_an_office_declares(town: Town) -> None:
    file = assessing.file_of(town, "city-b", "local_tax/recipient")
    assert file.subjects == 300_000
    due = assessing.ruling(file, ())
    assert isinstance(due, Refused)
    assert due.reason == "assessment_missing"
    assert due.article
    assert isinstance(assessing.ruling(file, ("basic",)), Refused)
    assert isinstance(assessing.ruling(file, assessing.EVERYTHING), Allowed)
    assert isinstance(assessing.ruling(File(subjects=999), ()), Allowed)


def test_a_file_is_stopped_with_every_kind_of_information_in_it() -> None:
    file = File(subjects=300_000, items=("local_tax/child", "resident_record", "local_tax/recipient"))
    blocks = assessing.stops("city-b", file)
    assert [(block.party, block.procedure, block.item) for block in blocks] == [
        ("city-b", "", "local_tax"),
        ("city-b", "", "resident_record"),
    ]
    assert all("28(6)" in block.article for block in blocks)


def test_an_item_of_no_file_and_one_of_two_are_refused(town: Town, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        assessing.file_of(town, "pension", "local_tax/recipient")
    held = config.load(town.institution("pension").config, GatewayConfig)
    twice = {**held.files, "second": File(subjects=1, items=("pension/recipient",))}
    with pytest.raises(ValueError, match="pension/recipient stands in two"):
        msgspec.structs.replace(held, files=twice)
    written = tmp_path / "config.toml"
    text = town.institution("pension").config.read_text(encoding="utf-8")
    written.write_text(f'{text}\n[files."second"]\nsubjects = 1\nitems = ["pension/recipient"]\n', encoding="utf-8")
    with pytest.raises(WrongUse, match="pension/recipient stands in two"):
        config.load(written, GatewayConfig)
