"""The story of the town, scene by scene; a layperson can follow it, a stranger can look everything up.

Promises that a scene that cannot be played to its end is a step that failed, with the reason, and that the story ends
there: what follows would build on sand.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mynumber.plumbing.errors import MyNumberError
from mynumber.world.story.scenes import citizens, ordinary, procedures, removed, shields, stops, troubles
from mynumber.world.story.stage import Lang, Stage, Step


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene and its title in both languages."""

    play: Callable[[Stage], Step]
    en: str
    ja: str

    def title(self, lang: Lang) -> str:
        """Return the title."""
        return self.ja if lang == "ja" else self.en


SCENES = (
    Scene(
        ordinary.boot,
        "Every institution starts as a process of its own, with its own files",
        "各機関が独立したプロセスとして、それぞれの領域で起動する",
    ),
    Scene(ordinary.numbers, "The register issues a number to every resident", "全住民に個人番号を発行する"),
    Scene(ordinary.codes, "Each office acquires codes of its own", "各機関が自機関だけの符号を取得する"),
    Scene(
        ordinary.lawful,
        "City A asks the pension service about a recipient, under row 107: answered",
        "甲野市が年金機構に受給者の年金関係情報を照会する（107の項）：提供される",
    ),
    Scene(
        ordinary.refused_by_law,
        "The same question under row 106: operator 1 refuses, nobody behind it hears of it",
        "同じ照会を106の項で行う：運営者１が条文を示して拒否し、先へは届かない",
    ),
    Scene(
        ordinary.batch,
        "Local tax of a recipient and her child from city B, in one batch: each entry only its own items",
        "受給者と子の地方税関係情報を乙原市に一括照会する：各人につき求めた項目だけが届く",
    ),
    Scene(ordinary.unknown_person, "A person whom city B does not know", "乙原市が知らない人についての照会"),
    Scene(
        ordinary.desk,
        "An officer without the right, an inquiry without a case, an admin who is curious",
        "権限のない職員、事案のない照会、権限を与える側の職員",
    ),
    Scene(
        procedures.account,
        "City A asks the account register where to pay child allowance, under row 106",
        "甲野市が口座登録庁に児童手当の振込先を照会する（106の項）",
    ),
    Scene(
        procedures.assistance,
        "City A as welfare office asks two offices in one case of public assistance, under row 42",
        "甲野市が福祉事務所として、生活保護の一事案で二機関に照会する（42の項）",
    ),
    Scene(
        procedures.household,
        "A household in one case: for each person what the row allows of that person",
        "一世帯を一事案でまとめて照会する：各人につき、その項が認める情報だけ",
    ),
    Scene(
        procedures.refund,
        "The tax agency asks the account register where to pay a refund, under row 82",
        "国税庁が口座登録庁に還付金の振込先を照会する（82の項）",
    ),
    Scene(
        procedures.deceased,
        "City A asks about a resident who died: told up to that day, nothing for this year, recorded like anybody",
        "甲野市が亡くなった住民について照会する：死亡日までの支給だけが届き、記録も残る",
    ),
    Scene(
        procedures.tax_agency_asked,
        "Local tax asked of the tax agency: no row allows it, refused with the article",
        "国税庁に地方税関係情報を照会する：認める項がなく、条文を示して拒否される",
    ),
    Scene(
        stops.unassessed,
        "A file of city B without a published assessment neither gives nor asks; then it is free again",
        "乙原市の一ファイルの評価書が未公表：提供も照会も止まり、公表後に再開する",
    ),
    Scene(
        stops.stop_switch,
        "The supervisor stops one item nationwide, and lets it go on",
        "監督機関が一つの情報を全国で停止し、再開する",
    ),
    Scene(
        shields.withheld,
        "A withheld person looks exactly like an unknown one, in bytes and in time",
        "不開示の措置を受けた人は、登録のない人とバイト数も時間も見分けがつかない",
    ),
    Scene(
        troubles.replay,
        "The same bundle again, altered, and from another party",
        "同じ電文をもう一度送る、改ざんして送る、別の機関が送る",
    ),
    Scene(
        troubles.outage,
        "Operator 2 is killed while inquiries run; nothing is lost, nothing happens twice",
        "照会の最中に運営者２が停止する：失われず、二重にも記録されない",
    ),
    Scene(
        citizens.history,
        "Citizens sign in with their cards and see who asked about them, in Japanese and English",
        "市民がカードでログインし、自分についての照会だけを日本語と英語で見る",
    ),
    Scene(
        citizens.own_data,
        "A citizen fetches her own data, and sees that this is recorded too",
        "市民が自分の情報を取り寄せ、その記録も見る",
    ),
    Scene(
        citizens.hidden,
        "Two inquiries hidden by law: she sees one when it is disclosed, the other when its time is over",
        "法律により伏せられた二件の照会：一件は開示後に、もう一件は期限が過ぎると本人にも見える",
    ),
    Scene(
        removed.deleted_record,
        "Operator 1 deletes one record, in a copy: the supervisor names it",
        "運営者１が記録を一件削除する（写しで行う）：監督機関がどの記録かを指摘する",
    ),
    Scene(
        troubles.supervision,
        "The supervisor compares everybody's counts and checks every log",
        "監督機関が全機関の件数と記録の連続性を確かめる",
    ),
)


def play(stage: Stage, lang: Lang, begins: Callable[[str], None]) -> Iterator[Step]:
    """Play the scenes in order; `begins` is told each title. A scene that fails is the last one."""
    for scene in SCENES:
        title = scene.title(lang)
        begins(title)
        try:
            step = replace(scene.play(stage), title=title)
        except (MyNumberError, LookupError, sqlite3.Error) as problem:
            # A scene that does not find what it looks for has failed; which one says its name.
            name = scene.play.__name__.replace("_", "-")
            detail = f"{problem.message} [{problem.code}]" if isinstance(problem, MyNumberError) else repr(problem)
            step = Step(name, title, ok=False, detail=detail)
        yield step
        if not step.ok:
            return
