"""A citizen signs in with the card and sees exactly who asked about her; nobody else sees it."""

import time

from tests.portal.town import SmallTown

ASKED_ABOUT, NEVER_ASKED_ABOUT = 3, 4


def seen_by(small: SmallTown, person: int, *, outcome: str = "ok") -> list[dict[str, object]]:
    """Return a person's exchanges once the newest has this outcome: provider and keeper report it in the background."""
    end = time.monotonic() + 30
    while True:
        shown = small.history(person)
        assert shown["gaps"] == []
        exchanges = shown["exchanges"]
        if (exchanges and exchanges[0]["outcome"] == outcome) or time.monotonic() > end:
            return exchanges
        time.sleep(0.5)


def test_a_citizen_sees_her_exchange_and_another_does_not(small: SmallTown) -> None:
    asked = small.ask(ASKED_ABOUT)
    assert asked.state == "answered"
    (seen,) = seen_by(small, ASKED_ABOUT)
    assert (seen["from"], seen["to"], seen["procedure"], seen["items"], seen["outcome"], seen["permit"]) == (
        "city-a",
        "pension",
        "link-107",
        ["pension/recipient"],
        "ok",
        asked.permit,
    )
    now = time.time()
    assert now - 120 < int(str(seen["requested_at"])) <= int(str(seen["provided_at"])) <= now
    assert set(seen) == {"requested_at", "provided_at", "from", "to", "procedure", "items", "outcome", "permit"}
    assert small.history(NEVER_ASKED_ABOUT) == {"exchanges": [], "gaps": []}


def test_it_reads_as_sentences_too(small: SmallTown) -> None:
    shown = small.mynumber("history", "--card", str(small.card(NEVER_ASKED_ABOUT).folder))
    assert (shown.returncode, shown.stdout) == (0, "Nobody asked about you.\n")
    shown = small.mynumber("history", "--card", str(small.card(ASKED_ABOUT).folder))
    assert "city-a asked pension: pension/recipient" in shown.stdout
