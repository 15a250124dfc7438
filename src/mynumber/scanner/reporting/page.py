"""A scan as one page of HTML, in Japanese and English, without scripts or anything from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.lines import place_of
from mynumber.scanner.reporting.summing import Summary

# More lines than this make a page that no browser likes; the rest is counted.
_MOST = 5000
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("個人番号の検出結果", "My Numbers found"),
    "files": ("調べたファイル", "files searched"),
    "persons": ("確実・可能性大の異なる番号（人数の目安）", "different numbers, certain or likely (so many persons)"),
    "unread": ("読めなかったもの", "not read"),
    "by_folder": ("フォルダー別", "By folder"),
    "by_kind": ("確度別", "By confidence"),
    "finds": ("検出した場所", "Where"),
    "path": ("ファイル", "file"),
    "place": ("位置", "place"),
    "confidence": ("確度", "confidence"),
    "shown": ("番号", "number"),
    "reason": ("理由", "why"),
    "why": ("読めなかった理由", "why not"),
    "certain": ("確実", "certain"),
    "likely": ("可能性大", "likely"),
    "possible": ("可能性あり", "possible"),
    "law": (
        "他人の個人番号は、法律で認められた場合を除き、集めたり保管したりできません（番号法第20条）。"
        "検索できるように並べたものは特定個人情報ファイルに当たることがあります（第2条第9項）。",
        "Nobody may collect or keep another person's My Number outside the cases of the law (My Number Act art. 20). "
        "Where numbers can be searched, they may form a specific personal information file (art. 2(9)).",
    ),
    "rest": ("ほか", "and more"),
}


def page(results: Iterable[Find | Unread], summary: Summary, lang: str, *, reveal: bool) -> str:
    """Return the page of a scan; whoever gives the results has filled `summary` when the last one is taken."""
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
    words = {key: escape(text[lang != "ja"]) for key, text in _WORDS.items()}
    kinds = {words[one.name.lower()]: summary.by_confidence[one] for one in reversed(Confidence) if one}
    template = Template((files("mynumber.scanner.reporting") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        words,
        lang=lang,
        count_files=summary.files,
        count_persons=summary.persons,
        count_unread=summary.unread,
        chart_kinds=_bars(kinds),
        chart_folders=_bars(dict(folders.most_common(20))),
        rows="\n".join(_rows([one for one in shown if isinstance(one, Find)], words, reveal=reveal)),
        unread_rows="\n".join(
            f"<tr><td>{escape(one.path)}</td><td>{escape(one.why)}</td></tr>"
            for one in shown
            if isinstance(one, Unread)
        ),
        rest_line=f"<p>{words['rest']} {rest}</p>" if rest else "",
    )


def _rows(finds: Sequence[Find], words: Mapping[str, str], *, reveal: bool) -> Iterator[str]:
    for find in finds:
        confidence = find.confidence.name.lower()
        cells = (
            escape(find.path),
            escape(place_of(find.location)),
            words[confidence],
            find.digits if reveal else find.masked,
            escape(find.reason),
        )
        yield f'<tr class="{confidence}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _bars(counts: Mapping[str, int]) -> str:
    most = max(counts.values(), default=0) or 1
    return "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td><meter min="0" max="{most}" value="{count}">{count}</meter></td>'
        f"<td>{count}</td></tr>"
        for name, count in counts.items()
    )
