"""A citizen signs in with the card and sees exactly who asked about her; nobody else sees it."""

import json
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


def test_it_reads_as_sentences_in_both_languages(small: SmallTown) -> None:
    told = {
        "en": "city-a asked pension for: Pension benefit and premium information (Recipient or person entitled). "
        "Purpose: Payment of child allowance",
        "ja": "city-aがpensionに求めた情報：年金給付関係情報（受給者・受給権者）。"
        "目的：児童手当・旧特例給付の支給。結果：回答あり。\n",
    }
    never = {"en": "Nobody asked about you.\n", "ja": "あなたの情報のやりとりは、まだありません。\n"}
    for lang, sentence in told.items():
        shown = small.mynumber("history", "--card", str(small.card(NEVER_ASKED_ABOUT).folder), "--lang", lang)
        assert (shown.returncode, shown.stdout) == (0, never[lang])
        shown = small.mynumber("history", "--card", str(small.card(ASKED_ABOUT).folder), "--lang", lang)
        assert sentence in shown.stdout
    english = small.mynumber("history", "--card", str(small.card(ASKED_ABOUT).folder))
    assert told["en"] in english.stdout
    assert small.mynumber("history", "--card", "x", "--lang", "fr").returncode == 2


def test_the_names_go_into_the_object_where_a_language_is_asked_for(small: SmallTown) -> None:
    card = ("--card", str(small.card(ASKED_ABOUT).folder))
    named = json.loads(small.mynumber("history", *card, "--json", "--lang", "ja").stdout)
    plain = small.history(ASKED_ABOUT)
    names = [exchange.pop("names") for exchange in named["exchanges"]]
    assert (named["exchanges"], named["gaps"], named["unreadable"]) == (plain["exchanges"], [], 0)
    assert [one["outcome"] for one in names] == ["回答あり"]
