"""Asks for the members of a question, one after the other; promises that somebody who knows no id gets an answer.

Words are chosen from a numbered list, or found by part of their name in Japanese or English. Enter passes over what
may be missing; a wrong answer is told what is possible and asked again. Answers that do not go together are asked
once more, with what was answered before. Nothing here knows a terminal: it is given a function that asks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mynumber.law.asking.answers import TYPED, texts, whole
from mynumber.law.asking.choices import Choices, choices_of, choices_of_part, matching, plain
from mynumber.law.asking.members import Member
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law
from mynumber.law.wording.questioning import Asking, phrases, questions
from mynumber.plumbing.errors import WrongUse

# A longer list is not shown but searched.
_SHOWN = 40
_ALL = "?"


@dataclass(frozen=True, slots=True)
class Interview:
    """A conversation: `ask` shows a prompt and returns what is typed, `tell` shows a line, `lang` is ja or en."""

    law: Law
    lang: str
    ask: Callable[[str], str]
    tell: Callable[[str], None]

    def topic(self) -> str:
        """Ask which topic it is about."""
        self.tell(self._phrase("topic"))
        chosen = self._choose({topic: questions(topic).about for topic in TOPICS}, may_skip=False)
        return chosen or next(iter(TOPICS))

    def question(self, topic: str) -> tuple[Mapping[str, object], Decision]:
        """Ask for the members of a question until it can be decided; return them and the decision."""
        self.tell(self._say(questions(topic).about))
        before: Mapping[str, object] = {}
        while True:
            given = self._members(topic, before)
            try:
                return given, decide(topic, given, self.law)
            except WrongUse as problem:
                self.tell(f"{self._phrase('not_together')} ({problem.message}; {problem.hint})")
                before = given

    def _members(self, topic: str, before: Mapping[str, object]) -> Mapping[str, object]:
        asked = questions(topic).members
        members = {one.name: one for one in TOPICS[topic].members()}
        given: dict[str, object] = {}
        for name, asking in asked.items():
            if asking.skipped(given) or self._decides_nothing(members[name], asking, given):
                continue
            self.tell("")
            self.tell(self._say(asking.sentence))
            value = self._member(members[name], asking, given, kept=name in before)
            if value is not None:
                given[name] = value
            elif name in before:
                given[name] = before[name]
        return given

    def _decides_nothing(self, member: Member, asking: Asking, given: Mapping[str, object]) -> bool:
        """Whether a member that may be missing could only be answered in one way."""
        if asking.only is None or asking.needed or member.many or not member.optional:
            return False
        return len(choices_of(member, asking, self.law, given)) == 1

    def _member(self, member: Member, asking: Asking, given: Mapping[str, object], *, kept: bool) -> object:
        """Return the value of a member, or nothing if it is passed over."""
        may_skip = kept or (member.optional and not asking.needed)
        if may_skip:
            self.tell(f"({self._phrase('keep' if kept else 'may_skip')})")
        if member.kind is dict:
            return self._claim(asking, may_skip=may_skip)
        if member.words is None and not member.closed:
            return self._typed_many(may_skip=may_skip) if member.many else self._typed(member.kind, may_skip=may_skip)
        choices = choices_of(member, asking, self.law, given)
        if member.many:
            return self._choose_many(choices) or (None if may_skip else [])
        if len(choices) == 1 and not may_skip:
            (only,) = choices
            self.tell(self._phrase("chosen", name=self._named(choices, only)))
            return only
        return self._choose(choices, may_skip=may_skip)

    def _typed(self, kind: type, *, may_skip: bool) -> object:
        read, form = TYPED[kind]
        while True:
            answer = self.ask(f"{self._phrase(form)}: ")
            if not answer.strip() and may_skip:
                return None
            if answer.strip() and (value := read(answer)) is not None:
                return value
            self._refuse(answer, form)

    def _typed_many(self, *, may_skip: bool) -> Sequence[str] | None:
        while True:
            answer = self.ask(f"{self._phrase('texts')}: ")
            if not answer.strip():
                return None if may_skip else []
            if (words := texts(answer)) is not None:
                return words
            self._refuse(answer, "text")

    def _choose(self, choices: Choices, *, may_skip: bool) -> str | None:
        """Let one word be chosen; the list that its number means is the last that was shown."""
        listed = self._list(choices, tuple(choices)) if len(choices) <= _SHOWN else ()
        while True:
            form = "number" if listed else "search"
            answer = self.ask(f"{self._phrase(form)}: ")
            if not answer.strip():
                if may_skip:
                    return None
                self._refuse(answer, form)
            elif plain(answer) == _ALL:
                listed = self._list(choices, tuple(choices))
            elif found := self._found(answer, choices, listed):
                if len(found) == 1:
                    self.tell(self._phrase("chosen", name=self._named(choices, found[0])))
                    return found[0]
                listed = self._list(choices, found[:_SHOWN])
                self.tell(self._more(len(found) - len(listed)))
            else:
                self.tell(self._phrase("found_none"))
                self._refuse(answer, form, f" (1-{len(listed)})" if listed else "")

    def _choose_many(self, choices: Choices) -> list[str]:
        """Let any number of words be chosen, each once."""
        if not choices:
            return []
        if len(choices) > _SHOWN:
            return self._search_many(choices)
        listed = self._list(choices, tuple(choices))
        while True:
            answer = self.ask(f"{self._phrase('numbers')}: ")
            found = [self._found(one, choices, listed) for one in re.split(r"[\s,、;]+", answer.strip()) if one]
            if all(len(one) == 1 for one in found):
                return list(dict.fromkeys(one[0] for one in found))
            self._refuse(answer, "numbers", f" (1-{len(listed)})")

    def _search_many(self, choices: Choices) -> list[str]:
        chosen: dict[str, None] = {}
        self.tell(self._phrase("search_many"))
        while (word := self._choose(choices, may_skip=True)) is not None:
            chosen[word] = None
        return list(chosen)

    def _claim(self, asking: Asking, *, may_skip: bool) -> Mapping[str, object] | None:
        """Ask what a statement says, part by part."""
        claim: dict[str, object] = {}
        names = {name: part.name for name, part in asking.parts.items()}
        while (chosen := self._choose(names, may_skip=may_skip or bool(claim))) is not None:
            part = asking.parts[chosen]
            if part.takes == "whole":
                claim[chosen] = self._typed(int, may_skip=False)
            elif part.many:
                claim[chosen] = ";".join(self._choose_many(choices_of_part(part, self.law)))
            else:
                claim[chosen] = self._choose(choices_of_part(part, self.law), may_skip=False) if part.takes else True
            if asking.single:
                break
            self.tell(self._phrase("another"))
        return claim or None

    def _found(self, answer: str, choices: Choices, listed: Sequence[str]) -> Sequence[str]:
        number = whole(answer)
        if number is not None and 1 <= number <= len(listed):
            return [listed[number - 1]]
        return matching(answer, choices)

    def _list(self, choices: Choices, words: Sequence[str]) -> Sequence[str]:
        for number, word in enumerate(words, start=1):
            self.tell(f"  {number:>3}  {self._named(choices, word)}")
        return words

    def _more(self, count: int) -> str:
        return self._phrase("and_more", count=str(count)) if count > 0 else self._phrase("found_many")

    def _refuse(self, answer: str, form: str, possible: str = "") -> None:
        """Say what is possible; what was typed is not repeated, for it may be anything."""
        said = self._phrase("not_so") if answer.strip() else f"{self._phrase('needed')}: "
        self.tell(f"{said}{self._phrase(form)}{possible}")

    def _named(self, choices: Choices, word: str) -> str:
        return f"{self._say(choices[word]) or word} [{word}]"

    def _phrase(self, name: str, /, **parts: str) -> str:
        return self._say(phrases()[name]).format(**parts)

    def _say(self, text: Text) -> str:
        return text.ja if self.lang == "ja" else text.en
