"""What a newcomer reads around the story: words of the telling, the sum of it, and what to try next.

Promises every sentence in both languages; only the details of a step, which name stores and articles, are English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mynumber.world.story.stage import Lang
from mynumber.world.town.layout import Town

_CITIZEN: Final = "recipient"
_WORDS: Final[Mapping[str, str]] = {
    "building the town": "町をつくっています",
    "starting the processes": "プロセスを起動しています",
    "acquiring codes": "符号を取得しています",
    "held  ": "成立  ",
    "FAILED": "不成立",
    "broke off": "物語は途中で終わりました。どの段階か、上の理由を見てください",
    "again": "町がふたたび動いています",
    "officers": "職員用",
    "citizens": "市民のブラウザー用",
}
_ENGLISH: Final[Mapping[str, str]] = {
    "broke off": "the story broke off: see the step that FAILED and why",
    "again": "the town runs again",
    "officers": "its officers",
    "citizens": "citizens' browsers",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to try: a command or an address, and what it shows."""

    what: str
    shows: str


def word(english: str, lang: Lang) -> str:
    """Return a word of the telling."""
    return _WORDS.get(english, english) if lang == "ja" else _ENGLISH.get(english, english)


def summary(account: Mapping[str, object], lang: Lang, seconds: object) -> str:
    """Return one line: how much happened, counted from the account, and in how many seconds."""
    counts = {name: len(value) for name, value in account.items() if isinstance(value, list)}
    steps = account["steps"]
    held = sum(bool(step["ok"]) for step in steps) if isinstance(steps, list) else 0
    if lang == "ja":
        return (
            f"{counts['steps']}段階のうち{held}段階が成立（{seconds}秒）：{counts['processes']}プロセス、"
            f"住民{account['residents']}人、情報連携{counts['exchanges']}件、拒否{counts['refusals']}件"
        )
    return (
        f"{held} of {counts['steps']} steps held in {seconds} s: {counts['processes']} processes, "
        f"{account['residents']} residents, {counts['exchanges']} exchanges, {counts['refusals']} refusals"
    )


def next_steps(town: Town, lang: Lang, *, runs: bool, kept: bool, program: str) -> tuple[str, list[Hint]]:
    """Return a heading and what to try next: the town runs, is stopped and kept, or is gone."""
    ja = lang == "ja"
    wiretap = Hint(
        f"{program} drill wiretap",
        "全機関の保存領域と通信から個人の情報を探す（専用の町をつくる）"
        if ja
        else "search all stores and wires of a town",
    )
    if not kept:
        language = " --lang ja" if ja else ""
        serve = f'make demo ARGS="--dir /tmp/town --residents 200 --serve{language}"'
        heading = (
            "この町は一時的なもので、残りません。残して使うには"
            if ja
            else "This town does not stay. To keep one and use it:"
        )
        return heading, [Hint(serve, "町を動かしたままにする" if ja else "a town that keeps running"), wiretap]
    inventory = Hint(
        f"{program} inventory {town.folder}{' --lang ja' if ja else ''}",
        "どの機関が何を持つか、列ごとに" if ja else "what every institution holds, column by column",
    )
    if not runs:
        heading = "町は止まり、残っています。次は" if ja else "The town is stopped and kept. Next:"
        resume = Hint(
            f"{program} demo --dir {town.folder} --resume", "町をふたたび動かす" if ja else "let it run again"
        )
        return heading, [resume, inventory, wiretap]
    heading = (
        "町は動いています（Ctrl-Cで終了）。別の端末で"
        if ja
        else "The town runs until Ctrl-C. Try, in a second terminal:"
    )
    return heading, [*_running(town, program, ja=ja), inventory, wiretap]


def _running(town: Town, program: str, *, ja: bool) -> list[Hint]:
    card = f"--card {town.cards / _CITIZEN}"
    supervisor = town.institution("supervisor").config
    return [
        Hint(
            f"{program} history {card}{' --lang ja' if ja else ''}",
            "本人が見る、自分についての情報連携" if ja else "who asked about her, as a citizen sees it",
        ),
        Hint(
            str(town.institution("portal").public_url),
            "同じものをブラウザーで" if ja else "the same in a browser; the page says how the card signs in",
        ),
        Hint(
            f"{program} oversight report --config {supervisor}",
            "監督機関から見た件数と記録" if ja else "counts and logs as the supervisor sees them",
        ),
        Hint("README.md, “A session”", "職員として照会する" if ja else "ask as an officer"),
    ]
