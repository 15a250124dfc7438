"""An inventory names every column with its meaning, and whatever nobody declared or nobody has."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import MetaData

from mynumber.cli.main import main
from mynumber.world.inventory import declared, found, listing, words
from mynumber.world.inventory.declared import Tables
from mynumber.world.offices.known import OFFICES
from mynumber.world.town.boot import TownSpec, build_town

ROLES = ("register", "operator", "keeper", "gateway", "portal", "supervisor")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that never ran: every store is there, empty."""
    folder = tmp_path_factory.mktemp("inventory") / "town"
    build_town(folder, TownSpec(residents=50))
    return folder


@pytest.fixture
def keeper(town: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(town / "keeper", tmp_path / "keeper"))


@pytest.fixture
def office(town: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(town / "city-a", tmp_path / "city-a"))


def every_store() -> list[tuple[str, Tables]]:
    """Return every store that anybody declares."""
    mains = [(f"{role}: main", declared.main_store(role)) for role in ROLES]
    return [
        *mains,
        ("vault", declared.vault_store()),
        ("internal", declared.INTERNAL),
        *((f"{office}: business", declared.business_store(office)) for office in OFFICES),
    ]


STORES = every_store()


@pytest.mark.parametrize(("name", "tables"), STORES, ids=[name for name, _ in STORES])
def test_every_declared_column_has_a_meaning_in_both_languages(name: str, tables: Tables) -> None:
    assert tables, name
    sayings = {
        f"{table}.{column}": said.meaning for table, each in tables.items() for column, said in each.columns.items()
    }
    sayings |= {table: each.purpose for table, each in tables.items()}
    assert [where for where, saying in sayings.items() if not saying] == []
    assert sorted({saying for saying in sayings.values() if saying not in words.japanese()}) == []
    equivalents = {said.equivalent for each in tables.values() for said in each.columns.values()}
    assert [each for each in equivalents if not words.is_known(each)] == []


def test_no_japanese_sentence_is_left_over() -> None:
    said = {each.purpose for _, tables in STORES for each in tables.values()}
    said |= {column.meaning for _, tables in STORES for each in tables.values() for column in each.columns.values()}
    assert sorted(set(words.japanese()) - said) == []


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["inventory", *arguments])


def test_a_town_is_listed_whole(town: Path) -> None:
    done = run(str(town), "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["undeclared"], told["missing"], told["common_database"]["found"]) == ([], [], False)
    paths = {path.relative_to(town).as_posix() for path in town.glob("*/*.db")}
    assert {store["path"] for store in told["stores"]} == paths
    assert len({store["owner"] for store in told["stores"]}) == len(list(town.glob("*/config.toml")))
    for store in told["stores"]:
        with closing(sqlite3.connect(town / store["path"])) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert {table["name"] for table in store["tables"]} == {*names, "sqlite_schema"}
        assert all(column["meaning"] and column["why"] for table in store["tables"] for column in table["columns"])


def test_what_counts_as_a_number_says_why(town: Path) -> None:
    told = json.loads(run(str(town), "--json").stdout)
    counting = {
        f"{store['path']}: {table['name']}.{column['name']}": column["why"]
        for store in told["stores"]
        for table in store["tables"]
        for column in table["columns"]
        if column["my_number"]
    }
    assert {
        "register/data.db: residents.number",
        "register/data.db: residents.number_index",
        "city-a/vault.db: vault.number",
        "city-a/gateway.db: persons.blob",
        "keeper/data.db: members.member",
        "operator-1/data.db: requests.bundle",
    } <= set(counting)
    assert "2(9)" in counting["city-a/gateway.db: persons.blob"]
    assert [where for where in counting if where.startswith("city-a/business.db")] == []
    # What the supervisor opens of hidden records it has under seal.
    assert {where for where in counting if where.startswith("supervisor/")} == {"supervisor/data.db: hidden.sealed"}


def test_it_is_told_to_people_in_both_languages(town: Path) -> None:
    english, ja = run(str(town)), run(str(town), "--lang", "ja")
    assert (english.exit_code, ja.exit_code) == (0, 0)
    assert "city-a/vault.db  (city-a, gateway)" in english.stdout
    assert "[My Number]" in english.stdout
    assert "no store holds data of two owners" in english.stdout
    assert "［個人番号］" in ja.stdout
    assert "二つの機関のデータを持つ保存領域はない" in ja.stdout


@contextmanager
def changed(store: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE rows ADD COLUMN name TEXT", "data.db: rows.name"),
        ("ALTER TABLE rows ADD COLUMN twice TEXT GENERATED ALWAYS AS (hex(locator)) VIRTUAL", "data.db: rows.twice"),
        ("CREATE TABLE seen (person TEXT)", "data.db: seen"),
        ("CREATE VIEW everybody AS SELECT * FROM rows", "data.db: view everybody"),
        (
            "CREATE TRIGGER copies AFTER INSERT ON rows BEGIN DELETE FROM rows; END",
            "data.db: trigger copies",
        ),
    ],
)
def test_what_nobody_declared_is_named(keeper: Path, statement: str, named: str) -> None:
    assert run(str(keeper)).exit_code == 0
    with changed(keeper / "data.db") as connection:
        connection.execute(statement)
        done = run(str(keeper), "--json")
    assert done.exit_code == 1
    assert named in json.loads(done.stdout)["undeclared"]
    assert f"undeclared: {named}" in done.stderr


def test_a_column_added_while_a_process_runs_is_seen_in_the_write_ahead_log(keeper: Path) -> None:
    with changed(keeper / "data.db") as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("ALTER TABLE rows ADD COLUMN stranger TEXT")
        assert b"stranger" not in (keeper / "data.db").read_bytes()
        assert run(str(keeper)).exit_code == 1


def test_a_declared_column_that_is_not_there_is_named(keeper: Path) -> None:
    with changed(keeper / "data.db") as connection:
        connection.execute("ALTER TABLE refusals DROP COLUMN code")
    done = run(str(keeper), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["missing"] == ["data.db: refusals.code"]


def test_a_declaration_that_was_dropped_is_named(keeper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    column = declared._metadata("keeper").tables["rows"].c.sealed
    monkeypatch.setattr(column, "comment", None)
    done = run(str(keeper), "--json")
    assert (done.exit_code, json.loads(done.stdout)["undeclared"]) == (1, ["data.db: rows.sealed"])
    monkeypatch.setattr(column, "comment", "a record")
    monkeypatch.setitem(column.info, declared.EQUIVALENT, "NE99")
    done = run(str(keeper), "--json")
    assert (done.exit_code, json.loads(done.stdout)["undeclared"]) == (1, ["data.db: rows.sealed"])


def test_a_store_of_nobody_is_named(office: Path) -> None:
    (office / "journal").mkdir(exist_ok=True)
    with changed(office / "journal" / "copy.sqlite") as connection:
        connection.execute("CREATE TABLE copy (number TEXT)")
    done = run(str(office), "--json")
    assert (done.exit_code, json.loads(done.stdout)["undeclared"]) == (1, ["journal/copy.sqlite: a store of nobody"])


def test_a_lost_store_is_named(office: Path) -> None:
    (office / "vault.db").unlink()
    done = run(str(office), "--json")
    assert (done.exit_code, json.loads(done.stdout)["missing"]) == (1, ["vault.db"])


def test_a_store_of_two_owners_is_found(town: Path, tmp_path: Path) -> None:
    both = tmp_path / "town"
    for name in ("city-a", "pension"):
        shutil.copytree(town / name, both / name)
    mark = "SELECT canary FROM insured LIMIT 1"
    with changed(both / "pension" / "business.db") as connection:
        canary = connection.execute(mark).fetchone()[0]
    with changed(both / "city-a" / "business.db") as connection:
        connection.execute("UPDATE local_tax SET canary = ?", (canary,))
    done = run(str(both), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["common_database"]["two_owners"] == [
        "city-a/business.db: data of pension",
        "pension/business.db: data of city-a",
    ]


def test_one_file_under_two_names_is_found(town: Path, tmp_path: Path) -> None:
    both = tmp_path / "town"
    for name in ("operator-1", "operator-2"):
        shutil.copytree(town / name, both / name)
    (both / "operator-2" / "data.db").unlink()
    (both / "operator-2" / "data.db").hardlink_to(both / "operator-1" / "data.db")
    done = run(str(both), "--json")
    assert done.exit_code == 1
    [told] = json.loads(done.stdout)["common_database"]["two_owners"]
    assert "the same file is a store of operator-1 and of operator-2" in told


def test_looking_leaves_no_trace(keeper: Path) -> None:
    with changed(keeper / "data.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = {path: path.stat().st_mtime_ns for path in keeper.rglob("*")}
    listing.take(keeper, found.owners(keeper), "en")
    assert {path: path.stat().st_mtime_ns for path in keeper.rglob("*")} == before


def test_a_folder_of_nobody_is_wrong_use(tmp_path: Path) -> None:
    assert run(str(tmp_path)).exit_code == 2


def test_a_role_without_a_room_declares_nothing() -> None:
    assert declared._of(MetaData()) == {}
    assert set(declared.main_store("custody")) == {"schema_version"}
