"""What came of each inquiry, opened with each asker's own key: only the world, which holds them all, can read it so."""

from mynumber.gateway.asking.inquiries import Seals, shown
from mynumber.gateway.store import SCHEMA
from mynumber.plumbing import database, keyfiles
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Institution, Town


def outcomes(town: Town, evidence: Evidence) -> dict[str, list[str]]:
    """Return the class of each entry of each answered inquiry, opened with each asker's own key."""
    found = {}
    for office in town.offices:
        seals = seals_of(office)
        answered = evidence.rows(office.name, "SELECT id FROM inquiries WHERE state = 'answered'")
        store = database.Store(database.store_url("gateway.db", office.folder), SCHEMA.metadata, SCHEMA.version)
        with store.reading() as connection:
            for (number,) in answered:
                entries = shown(connection, str(number), seals)["entries"]
                assert isinstance(entries, list)  # noqa: S101  # by its definition
                found[str(number)] = [str(entry["class"]) for entry in entries]
        store.close()
    return found


def seals_of(office: Institution) -> Seals:
    """Return the keys of an office's sealed columns."""
    return Seals.under(keyfiles.read_secret(office.folder / "keys" / "store.key"))
