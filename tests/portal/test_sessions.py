"""Sessions of the portal: a key opens its own session until its end, and tags go with it."""

import gc
import os
import weakref

import pytest

from mynumber.codes.group import Point
from mynumber.plumbing.errors import NotFinished, Refused
from mynumber.portal.signed_in.orders import Present
from mynumber.portal.signed_in.sessions import Sessions

NOW = 1_790_000_000


def present() -> Present:
    return Present(os.urandom(16), NOW + 1800)


def test_a_key_opens_its_session_until_its_end() -> None:
    sessions = Sessions(10)
    mine, yours = sessions.begin(present(), NOW + 60, NOW), sessions.begin(present(), NOW + 90, NOW)
    assert mine.key != yours.key
    assert sessions.visit(mine.key, NOW + 60) is not sessions.visit(yours.key, NOW + 60)
    with pytest.raises(Refused, match="nobody is signed in"):
        sessions.visit(mine.key, NOW + 61)
    assert sessions.visit(yours.key, NOW + 61)
    sessions.end(yours.key)
    for key in (yours.key, mine.key, "", "x" * 43):
        with pytest.raises(Refused):
            sessions.visit(key, NOW + 61)
    sessions.end("never began")


@pytest.mark.parametrize("how", ["signed out", "ended"])
def test_tags_are_forgotten_with_their_session(how: str) -> None:
    sessions = Sessions(10)
    key = sessions.begin(present(), NOW + 60, NOW).key
    visit = sessions.visit(key, NOW)
    visit.tags = {("ward-a", 1): Point(os.urandom(32))}
    kept = weakref.ref(visit)
    del visit
    gc.collect()
    assert kept() is not None
    if how == "signed out":
        sessions.end(key)
    else:
        sessions.forget(NOW + 61)
    gc.collect()
    assert kept() is None


def test_there_is_room_for_so_many_and_the_ended_make_room() -> None:
    sessions = Sessions(2)
    for _ in range(2):
        sessions.begin(present(), NOW + 60, NOW)
    with pytest.raises(NotFinished, match="too many"):
        sessions.begin(present(), NOW + 60, NOW)
    sessions.begin(present(), NOW + 120, NOW + 61)


def test_a_session_shows_nothing_in_a_repr() -> None:
    sessions = Sessions(2)
    began = sessions.begin(present(), NOW + 60, NOW)
    visit = sessions.visit(began.key, NOW)
    visit.tags = {("ward-a", 1): Point(b"t" * 32)}
    for shown in (repr(sessions), repr(began), repr(visit)):
        assert began.key not in shown
        assert "tttt" not in shown
