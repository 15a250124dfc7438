"""Synthetic files full of digits: planted numbers in every spelling, and a hundred decoys of real kinds for each.

    python -m tests.scanner.corpus DIR --megabytes 50 --seed 1 [--held-out] [--decoys-only]

DIR-planted.jsonl says what was planted: path, line, column, digits, spelling, and whether a label or a passing group is
there to judge it by; `held-out` uses templates that nobody looked at while the scanner was tuned.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mynumber.number.check_digits import my_number_check_digit

WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda n: n,
    "blanks": lambda n: f"{n[:4]} {n[4:8]} {n[8:]}",
    "hyphens": lambda n: f"{n[:4]}-{n[4:8]}-{n[8:]}",
    "dots": lambda n: f"{n[:4]}.{n[4:8]}.{n[8:]}",
    "wide": lambda n: n.translate(WIDE),
    "wide_hyphens": lambda n: f"{n[:4]}-{n[4:8]}-{n[8:]}".translate(WIDE),
    "wide_blanks": lambda n: f"{n[:4]}　{n[4:8]}　{n[8:]}".translate(WIDE),
    "single": " ".join,
    "minus": lambda n: f"{n[:4]}−{n[4:8]}−{n[8:]}",
    "percent": lambda n: f"{n[:4]}%20{n[4:8]}%20{n[8:]}",
}
ENCODINGS = ("utf-8", "utf-8", "utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le")
SURNAMES = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤".split()
WORDS = "です ます について 届出 申請 確認 住所 変更 書類 窓口 担当 連絡 来月 先週 至急 保管".split()


@dataclass(frozen=True)
class Planted:
    """One number at one place."""

    path: str
    line: int
    column: int
    digits: str
    spelling: str
    judged: bool


def number(rng: random.Random) -> str:
    """Return a valid number."""
    body = f"{rng.randrange(1, 10**11):011d}"
    return body + str(my_number_check_digit(body))


def licence(rng: random.Random) -> str:
    """Return what looks like a driving licence number: prefecture, year, serial, check digit, reissues."""
    body = f"{rng.randrange(10, 98)}{rng.randrange(60, 100)}{rng.randrange(10**6):06d}"
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11
    return body + str((11 - rest) % 11 % 10) + str(rng.randrange(3))


def parcel(rng: random.Random) -> str:
    """Return a parcel tracking number: eleven digits and their remainder of seven."""
    body = rng.randrange(10**11)
    return f"{body:011d}{body % 7}"


def upc(rng: random.Random) -> str:
    """Return a twelve-digit article number."""
    body = f"{rng.randrange(10**11):011d}"
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(body))
    return body + str(-total % 10)


def minute(rng: random.Random) -> str:
    """Return a timestamp to the minute."""
    day = f"20{rng.randrange(10, 27)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"
    return f"{day}{rng.randrange(24):02d}{rng.randrange(60):02d}"


def serial(rng: random.Random) -> str:
    """Return one of a run of serial numbers."""
    return f"{7000_0000_0000 + rng.randrange(10**7):012d}"


DECOYS: dict[str, Callable[[random.Random], str]] = {
    "運転免許": licence,
    "送り状": parcel,
    "商品": upc,
    "日時": minute,
    "シリアル": serial,
    "取引": lambda rng: f"{rng.randrange(10**12):012d}",
}
DECOY_KEYS = ("licence_no", "tracking_no", "upc", "stamp", "serial_no", "txn_id")


class Writer:
    """A file that remembers where numbers were planted."""

    def __init__(self, path: str, rng: random.Random) -> None:
        self.path, self.rng = path, rng
        self.lines: list[str] = []
        self.planted: list[Planted] = []
        self.size = 0

    def line(self, text: str, digits: str = "", shown: str = "", spelling: str = "", *, judged: bool = False) -> None:
        """Write a line; what is `shown` in it is a planted number."""
        self.lines.append(text)
        self.size += len(text.encode()) + 1
        if digits:
            column = text.index(shown) + 1
            self.planted.append(Planted(self.path, len(self.lines), column, digits, spelling, judged))


def decoy(rng: random.Random) -> tuple[str, str]:
    """Return a decoy and its label."""
    label = rng.choice(list(DECOYS))
    return label, DECOYS[label](rng)


def csv_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write a delimited file with several columns of decoys, and one of numbers if `plant`."""
    rng = w.rng
    kinds = rng.sample(list(DECOYS), 5)
    name, shape = rng.choice(list(SPELLINGS.items()))
    delimiter = rng.choice(",\t;")
    if header:
        w.line(delimiter.join(["氏名", *kinds[:2], *(["個人番号"] if plant else []), *kinds[2:]]))
    for row in range(rows):
        cells = [DECOYS[kind](rng) for kind in kinds]
        # A hundred decoys for each number: most cells of the column are not filled.
        filled = plant and (row % 20 == 0)
        digits = number(rng) if filled else ""
        shown = shape(digits) if filled else ""
        middle = [shown] if plant else []
        text = delimiter.join([rng.choice(SURNAMES), *cells[:2], *middle, *cells[2:]])
        w.line(text, digits, shown, name, judged=header or rows >= 400)


def log_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write a log whose lines have decoys under keys."""
    rng = w.rng
    name, shape = rng.choice(list(SPELLINGS.items()))
    key = "mynumber" if header else rng.choice(("ref", "value", "subject"))
    for row in range(rows):
        parts = [f"{k}={DECOYS[d](rng)}" for k, d in zip(DECOY_KEYS, DECOYS, strict=True)]
        stamp = f"2026-0{rng.randrange(1, 10)}-{rng.randrange(10, 29)} {rng.randrange(10, 24)}:{rng.randrange(10, 60)}"
        if plant and row % 17 == 0:
            digits = number(rng)
            shown = shape(digits)
            w.line(
                f"{stamp} INFO {' '.join(parts)} {key}={shown} end", digits, shown, name, judged=header or rows >= 400
            )
        else:
            w.line(f"{stamp} INFO {' '.join(parts)} end")


def json_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write JSON lines."""
    rng = w.rng
    name, shape = rng.choice(list(SPELLINGS.items()))
    key = "my_number" if header else "code"
    for row in range(rows):
        parts = [f'"{k}": "{DECOYS[d](rng)}"' for k, d in zip(DECOY_KEYS, DECOYS, strict=True)]
        if plant and row % 17 == 0:
            digits = number(rng)
            shown = shape(digits)
            w.line(
                "{" + ", ".join((*parts, f'"{key}": "{shown}"')) + "}",
                digits,
                shown,
                name,
                judged=header or rows >= 400,
            )
        else:
            w.line("{" + ", ".join(parts) + "}")


def prose_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write running text in which numbers stand with a label, or alone."""
    rng = w.rng
    for row in range(rows):
        words = [rng.choice(WORDS) for _ in range(rng.randrange(2, 6))]
        label, other = decoy(rng)
        if plant and row % 100 == 0:
            name, shape = rng.choice(list(SPELLINGS.items()))
            digits = number(rng)
            shown = shape(digits)
            said = rng.choice(("個人番号", "マイナンバー", "個人番号（本人）")) if header else rng.choice(SURNAMES)
            w.line(f"{''.join(words)}。{label}は{other}、{said}は{shown}です。", digits, shown, name, judged=header)
        else:
            w.line(f"{''.join(words)}{label}番号 {other} {rng.choice(SURNAMES)}{DECOYS['取引'](rng)}")


TUNED = (csv_file, log_file, json_file, prose_file)


def xml_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write XML."""
    rng = w.rng
    name, shape = rng.choice(list(SPELLINGS.items()))
    tag = "KojinBango" if header else "bango"
    for row in range(rows):
        parts = [f"<{k}>{DECOYS[d](rng)}</{k}>" for k, d in zip(DECOY_KEYS, DECOYS, strict=True)]
        if plant and row % 17 == 0:
            digits = number(rng)
            shown = shape(digits)
            w.line(
                f"<row>{''.join(parts)}<{tag}>{shown}</{tag}></row>", digits, shown, name, judged=header or rows >= 400
            )
        else:
            w.line(f"<row>{''.join(parts)}</row>")


def sql_file(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write a dump: the columns are named once, far above."""
    rng = w.rng
    name, shape = rng.choice(list(SPELLINGS.items()))
    for row in range(rows):
        parts = ", ".join(f"'{DECOYS[d](rng)}'" for d in DECOYS)
        if plant and row % 17 == 0:
            digits = number(rng)
            shown = shape(digits)
            said = "-- 個人番号 " if header else "-- "
            w.line(f"INSERT INTO t VALUES ({parts}); {said}{shown}", digits, shown, name, judged=header or rows >= 400)
        else:
            w.line(f"INSERT INTO t VALUES ({parts});")


def mail_like(w: Writer, rows: int, *, plant: bool, header: bool) -> None:
    """Write blocks of label and value on lines of their own."""
    rng = w.rng
    for row in range(rows):
        label, other = decoy(rng)
        w.line(f"【{label}番号】")
        w.line(f"　{other}")
        if plant and row % 100 == 0:
            name, shape = rng.choice(list(SPELLINGS.items()))
            digits = number(rng)
            shown = shape(digits)
            w.line("【マイナンバー】" if header else "【その他】")
            w.line(f"　{shown}", digits, shown, name, judged=header)


HELD_OUT = (xml_file, sql_file, mail_like)


def generate(folder: Path, megabytes: float, seed: int, *, held_out: bool, decoys_only: bool) -> list[Planted]:
    """Write the corpus and return what was planted."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    makers: Sequence[Callable[..., None]] = HELD_OUT if held_out else TUNED
    planted: list[Planted] = []
    size, count = 0.0, 0
    while size < megabytes * 1e6:
        maker = rng.choice(makers)
        w = Writer(f"{maker.__name__.removesuffix('_file')}{count:05d}.txt", rng)
        plant = not decoys_only and rng.random() < 0.6
        maker(w, rng.choice((60, 400, 3000)), plant=plant, header=rng.random() < 0.7)
        encoding = rng.choice(ENCODINGS)
        text = "\n".join((*w.lines, ""))
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError:
            content = text.encode("utf-8")
        (folder / w.path).write_bytes(content)
        planted += w.planted
        size += len(content)
        count += 1
    with (folder.parent / f"{folder.name}-planted.jsonl").open("w", encoding="utf-8") as out:
        for one in planted:
            out.write(json.dumps(one.__dict__, ensure_ascii=False) + "\n")
    return planted


def main() -> None:
    """Write a corpus."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--decoys-only", action="store_true")
    given = parser.parse_args()
    generate(given.folder, given.megabytes, given.seed, held_out=given.held_out, decoys_only=given.decoys_only)


if __name__ == "__main__":
    main()
