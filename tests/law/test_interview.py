"""An interview asks for everything that a question needs, and leads to the same decision as the file would."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from mynumber.law.asking.choices import choices_of, choices_of_part, matching
from mynumber.law.asking.interview import Interview
from mynumber.law.asking.sentences import word
from mynumber.law.asking.topics import TOPICS
from mynumber.law.rulings import Text
from mynumber.law.statute import current
from mynumber.law.wording.questioning import questions
from tests.law.source import LAW

CASES = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
A_NUMBER = "123456789018"
MANY = 40


class Person:
    """Somebody who knows what is in `given` and answers whatever is asked last; `slips` wrong answers come first."""

    def __init__(self, topic: str, given: Mapping[str, Any], lang: str = "en", slips: tuple[str, ...] = ()) -> None:
        self.topic, self.given, self.lang, self.slips = topic, given, lang, slips
        self.members = {self.say(asking.sentence): name for name, asking in questions(topic).members.items()}
        self.told: list[str] = []
        self.answers: list[str] = []
        self.asked: list[str] = []

    def say(self, text: Text) -> str:
        return text.ja if self.lang == "ja" else text.en

    def tell(self, text: str) -> None:
        self.told.append(text)
        if text in self.members:
            self.asked.append(self.members[text])
            slips = self.slips if self.members[text] in self.given else ()
            self.answers = [*slips, *self.answers_to(self.members[text])]

    def ask(self, prompt: str) -> str:
        self.told.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def answers_to(self, name: str) -> list[str]:
        member = next(one for one in TOPICS[self.topic].members() if one.name == name)
        asking = questions(self.topic).members[name]
        value = self.given.get(name)
        if value is None:
            return [""]
        if name == "claim" and isinstance(value, dict):
            return self.claim(value)
        if isinstance(value, bool):
            return ["yes" if value else "no"]
        if not isinstance(value, list):
            return [self.named(choices_of(member, asking, current(), self.given), str(value))]
        choices = choices_of(member, asking, current(), self.given)
        if member.words is None and not member.closed:
            return [" ".join(value)]
        known = [str(one) for one in value if str(one) in choices]
        if len(choices) > MANY:
            return [*(self.named(choices, one) for one in known), ""]
        return [" ".join(str(list(choices).index(one) + 1) for one in known)] if choices else []

    def claim(self, value: Mapping[str, Any]) -> list[str]:
        found = []
        for part, said in value.items():
            form = questions(self.topic).members["claim"].parts[part]
            found.append(part)
            if form.many:
                found.append(str(said).replace(";", " "))
            elif form.takes == "whole":
                found.append(f"{said:,}" if isinstance(said, int) else str(said))
            elif form.takes:
                found.append(self.named(choices_of_part(form, current()), str(said)))
        return [*found, ""]

    def named(self, choices: Mapping[str, Text], one: str) -> str:
        """Return the name of a word, as a person says it; its id where two words share the name."""
        name = self.say(choices[one]) if one in choices else one
        return name if list(matching(name, choices)) == [one] else one


def interviewed(person: Person) -> tuple[Mapping[str, object], str, str]:
    conversation = Interview(current(), person.lang, ask=person.ask, tell=person.tell)
    given, decision = conversation.question(person.topic)
    return given, word(decision), decision.reason


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("topic", TOPICS)
def test_names_lead_to_the_same_decision_as_the_file(topic: str, lang: str) -> None:
    sentences = [one for one in CASES if one["topic"] == topic]
    for sentence in sentences[:: len(sentences) // 14 or 1]:
        person = Person(topic, sentence["given"], lang)
        _, expect, reason = interviewed(person)
        assert (expect, reason) == (sentence["expect"], sentence["reason"]), sentence["id"]
        assert len(person.asked) == len(set(person.asked)), "nothing is asked twice"


@pytest.mark.parametrize("topic", TOPICS)
def test_wrong_answers_are_asked_again_and_never_repeated(topic: str) -> None:
    sentence = next(one for one in CASES if one["topic"] == topic)
    person = Person(topic, sentence["given"], slips=(A_NUMBER, "qqqq xyz", "@@"))
    _, expect, reason = interviewed(person)
    assert (expect, reason) == (sentence["expect"], sentence["reason"])
    told = "\n".join(person.told)
    assert "no possible answer" in told
    assert A_NUMBER not in told
    assert "qqqq" not in told


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_needed_cannot_be_passed_over(topic: str) -> None:
    script = Script("", "", "")
    with pytest.raises(EOFError):
        script.interview().question(topic)
    first = next(iter(questions(topic).members))
    member = next(one for one in TOPICS[topic].members() if one.name == first)
    assert ("An answer is needed here" in script.screen) != (member.many or member.optional)


class Script:
    """Answers in their order; after the last one nobody is there any more."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.told = list(answers), list[str]()

    def ask(self, prompt: str) -> str:
        self.told.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def interview(self, lang: str = "en") -> Interview:
        return Interview(current(), lang, ask=self.ask, tell=self.told.append)

    @property
    def screen(self) -> str:
        return "\n".join(self.told)


def test_a_search_narrows() -> None:
    script = Script("municipal", "1", "public assistance: decision", "")
    given, decision = script.interview().question("use")
    chosen = [line for line in script.told if line.startswith("Chosen")]
    assert given["use_row"] == "23"
    assert len(chosen) == 2
    assert str(given["user"]) in chosen[0]
    assert decision.reason == "no_use_row_for_this_user"


def test_full_width_and_capitals_are_the_same_to_us() -> None:
    script = Script("Ｐolice", "ＰＩＮ　of the bank", "MUNICI", "number or", "ＮＯ")
    with pytest.raises(EOFError):
        script.interview().question("forbidden_ask")
    assert "PIN of the bank account" in script.screen


def test_answers_that_do_not_go_together_are_asked_again_and_kept() -> None:
    # A term that is no kind of data cannot be decided; the second time another one is chosen, and the rest is kept.
    script = Script("using_affairs", "anybody", "resident_record_code", "")
    given, decision = script.interview().question("definition")
    assert (given, decision.reason) == ({"data": "resident_record_code", "who": "anybody"}, "does_not_count")
    assert "do not go together" in script.screen


def test_the_topic_is_asked_too() -> None:
    assert Script("fraud", "Somebody calls").interview().topic() == "forbidden_ask"
    assert Script("本人確認の書類").interview("ja").topic() == "identity"


def test_only_what_belongs_to_an_earlier_answer_is_offered() -> None:
    script = Script("provide", "", "G3", "subject", "employer", "1", "", "", "")
    given, decision = script.interview().question("ground")
    assert (given["facts"], decision.reason) == (["own_number"], "ground_met")
    assert "severe disaster" not in script.screen


def test_a_question_with_one_answer_is_told_and_not_put() -> None:
    facts = "1 2 3 4"
    script = Script("a scholarship", "pension benefit and", "", "municipality", "ordinance_organ", facts, "", "", "")
    given, decision = script.interview().question("ordinance")
    assert (given["act"], given["ground"], decision.reason) == ("provide", "G9", "ordinance_conditions_met")


def test_a_question_mark_shows_the_whole_list_and_its_numbers_choose() -> None:
    script = Script("?", "1")
    with pytest.raises(EOFError):
        script.interview().question("use")
    roles = current().roles
    assert sum("  " in line and "[" in line for line in script.told) >= len(roles)
    assert f"Chosen: {next(iter(roles.values())).en} [{next(iter(roles))}]" in script.screen
