"""What a scan says to people at its end: counts, what files are before the law, what to do next; no digit."""

from collections.abc import Iterator, Mapping

from mynumber.law import Text
from mynumber.scanner.reporting.lines import visible
from mynumber.scanner.reporting.reasons import in_language
from mynumber.scanner.reporting.summing import Summary

# More files than this are no reading; the page and JSON have them all.
_MOST = 20
_WORDS: Mapping[str, Text] = {
    "counts": Text(ja="ファイル{files}個、{size:.1f} MB：{counts}", en="{files} files, {size:.1f} MB: {counts}"),
    "nothing": Text(ja="個人番号は見つからない", en="nothing found"),
    "persons": Text(
        ja="確実か可能性大の異なる番号は{persons}個。これが人数の目安となる",
        en="{persons} different numbers are certain or likely: so many persons are concerned",
    ),
    "law": Text(ja="法律上の扱い：{ruling}", en="before the law: {ruling}"),
    "more": Text(
        ja="  ほかにファイル{rest}個。--format json か html で見られる", en="  {rest} more files: --format json or html"
    ),
    "unread": Text(
        ja="{unread}個は読めないか、一部しか読めなかった。その中身は分からない",
        en="{unread} were not read, or not wholly; nothing is known of these",
    ),
    "hint": Text(ja="ヒント：--reveal を付けると数字を表示する", en="hint: --reveal shows the digits"),
}


def lines_of(summary: Summary, lang: str, *, reveal: bool) -> Iterator[str]:
    """Yield the last lines of a scan."""
    counts = ", ".join(
        f"{count} {in_language(one.name.lower(), lang)}"
        for one, count in sorted(summary.by_confidence.items(), reverse=True)
    )
    size = summary.bytes_read / 1e6
    yield _said("counts", lang, files=summary.files, size=size, counts=counts or _said("nothing", lang))
    if summary.persons:
        yield _said("persons", lang, persons=summary.persons)
    for ruling, paths in summary.law.files_of().items():
        yield _said("law", lang, ruling=ruling.told(lang))
        yield from (f"  {visible(path)}" for path in paths[:_MOST])
        if rest := max(0, len(paths) - _MOST):
            yield _said("more", lang, rest=rest)
    if summary.unread:
        yield _said("unread", lang, unread=summary.unread)
    if summary.finds and not reveal:
        yield _said("hint", lang)


def _said(word: str, lang: str, **values: object) -> str:
    text = _WORDS[word]
    return (text.ja if lang == "ja" else text.en).format(**values)
