"""What finds and files are before the law; promises no more than a file itself shows, with the articles of `law`.

A scan sees form and arrangement. It knows no purpose, no holder and not whether a person lives, so it says whether
something counts as a My Number, and whether a file shows what makes a specific personal information file; whether
anybody may keep it is asked elsewhere (`mynumber law ask retention`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from mynumber import law
from mynumber.law import Text
from mynumber.law.wording.citing import citation
from mynumber.scanner.finds import Find
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.reasons import form_in

# What a find of each kind is called in the law data, where its reason says nothing nearer.
_FORMS: Mapping[str, str] = {"my_number": "my_number", "converted": "encoded", "code": "agency_code"}
_TERMS: Mapping[str, str] = {
    "my_number": "my_number_narrow",
    "converted": "transformed_number",
    "code": "agency_code",
}
_ONE = "specific_personal_information"
_FILE = "specific_personal_information_file"
# Of so many different numbers in columns a person can be picked.
_SEVERAL = 2
_MOST_FILES = 1000
_IF = Text(ja="個人番号であれば：{ruling}", en="If it is a My Number: {ruling}")
_WITHOUT_GROUND = Text(
    ja="保管の根拠があるかどうかは検索では分かりません。根拠がない場合：{ruling}",
    en="No scan knows whether there is a ground for keeping. Where there is none: {ruling}",
)
_SHOWN = Text(
    ja="異なる番号が表の列に並び、本人ごとに探せる形になっています。このような個人情報の集まりは「{term}」に当たります"
    "（生存する人の番号の場合）。",
    en="Different numbers stand in columns of a table, where each person can be looked up: such a collection of "
    'personal information counts as a "{term}" (as far as the persons live).',
)
_NOT_SHOWN = Text(
    ja="個人番号を含む個人情報は「{term}」に当たります（生存する人の番号の場合）。検索できるように並べたものかどうかは、"
    "このファイルだけでは分かりません。",
    en='Personal information with a My Number in it counts as "{term}" (as far as the person lives). Whether it is '
    "arranged so that persons can be looked up, this file alone does not show.",
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What something counts as: the word of the law data, whether that is shown, the articles, a sentence."""

    term: str
    shown: bool
    references: tuple[str, ...]
    sentence: Text

    def short(self) -> dict[str, object]:
        """Return the members for JSON without the sentence."""
        return {"counts_as": self.term, "shown": self.shown, "references": list(self.references)}

    def members(self) -> dict[str, object]:
        """Return the members for JSON."""
        return self.short() | {"explanation": {"ja": self.sentence.ja, "en": self.sentence.en}}

    def told(self, lang: str) -> str:
        """Return the sentence with its articles, for people."""
        articles = [citation(one) for one in self.references]
        if lang == "ja":
            return f"{self.sentence.ja}（{'、'.join(one.ja for one in articles)}）"
        return f"{self.sentence.en} ({'; '.join(one.en for one in articles)})"


def of_find(find: Find) -> Ruling:
    """Return what the law says of the form that was found, if it was found to be sure; else what it would say."""
    return _of_form(form_in(find.reason) or _FORMS[find.kind], shown=find.confidence >= Confidence.LIKELY)


def of_kind(kind: str) -> Ruling:
    """Return what the law says of a kind of finds."""
    return _of_form(_FORMS[kind], shown=True)


@cache
def _of_form(form: str, *, shown: bool) -> Ruling:
    decision = law.ask("number_form", {"form": form})
    sentence = decision.explanation if shown else _filled(_IF, ruling=decision.explanation)
    return Ruling(form, shown, _single(decision.references), sentence)


def name_of_form(form: str) -> Text:
    """Return what the law data call a form."""
    return law.choices("number_form", "form")[form]


def name_of_kind(kind: str) -> Text:
    """Return what the law data call a kind of finds."""
    return law.choices("definition", "data")[_TERMS[kind]]


@cache
def of_keeping() -> Ruling:
    """Return what the law says of whoever keeps the numbers of others, if nothing allows it: no scan knows whether."""
    decision = law.ask("ground", {"act": "collect_or_keep", "ground": "none"})
    sentence = _filled(_WITHOUT_GROUND, ruling=decision.explanation)
    return Ruling(decision.reason, False, _single(decision.references), sentence)


@dataclass(slots=True)
class _Shown:
    """What one file has shown so far: some different numbers that are likely or certain, and of these in columns."""

    numbers: set[str] = field(default_factory=set)
    in_columns: set[str] = field(default_factory=set)
    many: bool = False

    def take(self, find: Find) -> None:
        if find.confidence < Confidence.LIKELY:
            return
        # Two are enough to know that there are several.
        if len(self.numbers) < _SEVERAL:
            self.numbers.add(find.digits)
        if find.in_table and len(self.in_columns) < _SEVERAL:
            self.in_columns.add(find.digits)
        self.many |= find.in_table and find.count >= _SEVERAL

    def ruling(self) -> Ruling:
        if self.many or len(self.in_columns) >= _SEVERAL:
            return _of_file(_FILE, shown=True)
        return _of_file(_ONE, shown=bool(self.numbers))


@cache
def _of_file(term: str, *, shown: bool) -> Ruling:
    decision = law.ask("definition", {"data": term, "who": "scan"})
    sentence = _filled(_SHOWN if term == _FILE else _NOT_SHOWN, term=law.choices("definition", "data")[term])
    return Ruling(term, shown, _single(decision.references), sentence if shown else _filled(_IF, ruling=sentence))


@dataclass(slots=True)
class FileRulings:
    """What the files of a scan are; memory is bounded by the number of files of which it is told."""

    # Finds in files beyond the limit.
    rest: int = 0
    _files: dict[str, _Shown] = field(default_factory=dict)

    def take(self, find: Find) -> None:
        """Take note of a find; those of files beyond the limit are only counted."""
        file = self._files.get(find.path)
        if file is None:
            if len(self._files) >= _MOST_FILES:
                self.rest += 1
                return
            file = self._files[find.path] = _Shown()
        file.take(find)

    def rulings(self) -> Mapping[str, Ruling]:
        """Return what each file is, by path."""
        return {path: shown.ruling() for path, shown in sorted(self._files.items())}

    def files_of(self) -> Mapping[Ruling, list[str]]:
        """Return the files of each ruling, the gravest first."""
        found: dict[Ruling, list[str]] = {}
        for path, ruling in self.rulings().items():
            found.setdefault(ruling, []).append(path)
        return dict(sorted(found.items(), key=lambda one: (not one[0].shown, one[0].term != _FILE)))

    def members(self) -> list[dict[str, object]]:
        """Return the rulings for JSON, a member a file."""
        return [{"path": path} | ruling.members() for path, ruling in self.rulings().items()]


def _single(references: tuple[str, ...]) -> tuple[str, ...]:
    """Return each reference by itself."""
    return tuple(one.strip() for reference in references for one in reference.split(";"))


def _filled(sentence: Text, **values: Text) -> Text:
    return Text(
        ja=sentence.ja.format_map({name: value.ja for name, value in values.items()}),
        en=sentence.en.format_map({name: value.en for name, value in values.items()}),
    )
