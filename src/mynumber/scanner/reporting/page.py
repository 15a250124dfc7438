"""A scan as one page of HTML, in Japanese and English, without scripts or anything from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from mynumber.law import Text
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting import rulings
from mynumber.scanner.reporting.lines import place_of
from mynumber.scanner.reporting.reasons import in_language
from mynumber.scanner.reporting.summing import Summary

# More lines than this make a page that no browser likes; the rest is counted.
_MOST = 5000
_MOST_FOLDERS = 20
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("個人番号の検出結果", "My Numbers found"),
    "files": ("調べたファイル", "files searched"),
    "persons": ("確実・可能性大の異なる番号（人数の目安）", "different numbers, certain or likely (so many persons)"),
    "unread": ("読めなかったもの", "not read"),
    "by_folder": ("フォルダー別の件数", "By folder"),
    "by_confidence": ("確度別の件数", "By confidence"),
    "by_kind": ("種類別の件数", "By kind"),
    "law": ("法律上の扱い", "Before the law"),
    "ruling": ("ファイルごと", "File by file"),
    "finds": ("検出した場所", "Where"),
    "path": ("ファイル", "file"),
    "place": ("位置", "place"),
    "confidence": ("確度", "confidence"),
    "shown": ("番号", "number"),
    "kind": ("種類", "kind"),
    "reason": ("理由", "why"),
    "why": ("読めなかった理由", "why not"),
    "none": ("なし", "none"),
    "rest": ("ほか", "and more"),
}


def page(results: Iterable[Find | Unread], summary: Summary, lang: str, *, reveal: bool) -> str:
    """Return the page of a scan; whoever gives the results has filled `summary` when the last one is taken."""
    shown, folders, rest = _taken(results)
    finds = [one for one in shown if isinstance(one, Find)]
    words = {key: escape(text[lang != "ja"]) for key, text in _WORDS.items()}
    sure = {in_language(one.name.lower(), lang): summary.by_confidence[one] for one in reversed(Confidence) if one}
    kinds = {_in(rulings.name_of_kind(kind), lang): count for kind, count in summary.by_kind.most_common()}
    template = Template((files("mynumber.scanner.reporting") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        words,
        lang=lang,
        count_files=summary.files,
        count_persons=summary.persons,
        count_unread=summary.unread,
        chart_confidence=_chart(sure, words),
        chart_kinds=_chart(kinds, words),
        chart_folders=_chart(dict(folders.most_common(_MOST_FOLDERS)), words),
        form_rulings="\n".join(_form_rulings(finds, lang)),
        keeping=escape(rulings.of_keeping().told(lang)),
        file_rulings="\n".join(_file_rulings(summary, lang)) or f"<p>{words['none']}</p>",
        rows="\n".join(_rows(finds, lang, reveal=reveal)),
        unread_rows="\n".join(_row(one.path, in_language(one.why, lang)) for one in shown if isinstance(one, Unread)),
        rest_line=f"<p>{words['rest']} {rest}</p>" if rest else "",
    )


def _taken(results: Iterable[Find | Unread]) -> tuple[list[Find | Unread], Counter[str], int]:
    """Return what is shown, the finds of each folder, and how many lines more there are."""
    shown: list[Find | Unread] = []
    folders: Counter[str] = Counter()
    rest = 0
    for result in results:
        if isinstance(result, Find):
            folders[result.path.split("!/")[0].rpartition("/")[0] or "."] += 1
        if len(shown) < _MOST:
            shown.append(result)
        else:
            rest += 1
    return shown, folders, rest


def _form_rulings(finds: Sequence[Find], lang: str) -> Iterator[str]:
    """Yield what the law says of each form that was found, sure ones and others."""
    seen = dict.fromkeys(rulings.of_find(find) for find in finds)
    for ruling in sorted(seen, key=lambda one: (not one.shown, one.term)):
        yield f'<li id="{_anchor(ruling)}">{escape(ruling.told(lang))}</li>'


def _file_rulings(summary: Summary, lang: str) -> Iterator[str]:
    for ruling, paths in summary.law.files_of().items():
        names = "".join(f"<li>{escape(path)}</li>" for path in paths)
        yield f"<p>{escape(ruling.told(lang))}</p>\n<ul>{names}</ul>"
    if summary.law.rest:
        yield f"<p>{escape(_WORDS['rest'][lang != 'ja'])} {summary.law.rest}</p>"


def _anchor(ruling: rulings.Ruling) -> str:
    return f"{ruling.term}-{'shown' if ruling.shown else 'possible'}"


def _rows(finds: Sequence[Find], lang: str, *, reveal: bool) -> Iterator[str]:
    for find in finds:
        confidence = find.confidence.name.lower()
        ruling = rulings.of_find(find)
        cells = (
            escape(find.path),
            escape(in_language(place_of(find.location), lang)),
            in_language(confidence, lang),
            find.digits if reveal else find.masked,
            f'<a href="#{_anchor(ruling)}">{escape(_in(rulings.name_of_form(ruling.term), lang))}</a>',
            escape(in_language(find.reason, lang)),
        )
        yield f'<tr class="{confidence}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _chart(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    if not any(counts.values()):
        return f"<p>{words['none']}</p>"
    most = max(counts.values())
    bars = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f'<td><div class="bar" style="inline-size: {100 * count / most:.1f}%"></div></td><td>{count}</td></tr>'
        for name, count in counts.items()
        if count
    )
    return f'<table class="chart">\n{bars}\n</table>'


def _in(text: Text, lang: str) -> str:
    return text.ja if lang == "ja" else text.en
