"""Penalties in words; promises that a maximum reads as a person says it: years, months and yen in both languages."""

from mynumber.law.rulings import Text

_FINE_ONLY = Text(ja="罰金だけ", en="a fine only")


def imprisonment(months: int) -> Text:
    """Return a maximum of imprisonment; 0 is a fine only."""
    if not months:
        return _FINE_ONLY
    years, rest = divmod(months, 12)
    ja = f"{years}年" if not rest else f"{months}か月" if not years else f"{years}年{rest}か月"
    en = _several(years, "year") if not rest else _several(months, "month")
    return Text(ja=f"{ja}以下の拘禁刑", en=f"imprisonment of up to {en}")


def fine(yen: int) -> Text:
    """Return a maximum of a fine."""
    return Text(ja=f"{up_to(yen).ja}の罰金", en=f"a fine of {up_to(yen).en}")


def up_to(yen: int) -> Text:
    """Return a highest amount."""
    return Text(ja=f"{money(yen).ja}以下", en=f"up to {money(yen).en}")


def money(yen: int) -> Text:
    """Return an amount, in Japanese counted in ten thousands as statutes do."""
    many, rest = divmod(yen, 10_000)
    ja = f"{yen:,}円" if rest else f"{many // 10_000}億円" if many and not many % 10_000 else f"{many:,}万円"
    return Text(ja=ja, en=f"{yen:,} yen")


def maximum(months: int, yen: int, *, both: bool) -> Text:
    """Return the maximum of an offence."""
    prison, money_part = imprisonment(months), fine(yen)
    if not months:
        return money_part
    return Text(
        ja=f"{prison.ja}または{money_part.ja}{'（併科あり）' if both else ''}",
        en=f"{prison.en} or {money_part.en}{', or both' if both else ''}",
    )


def _several(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
