"""The sentences of the linkage decision; promises one in Japanese and one in English for every reason."""

from mynumber.law.rulings import Text

NOBODY = Text(ja="", en="")

_SENTENCES = {
    "row_match": Text(
        ja="「{procedure}」のため、{requester}は{provider}に「{item}」を照会できます。",
        en='For "{procedure}", {requester} may ask {provider} for "{item}".',
    ),
    "subject_in_detail": Text(
        ja="「{procedure}」のため、{requester}は{provider}に「{item}」（{subject}のもの）を照会できます。",
        en='For "{procedure}", {requester} may ask {provider} for "{item}" about this person: {subject}.',
    ),
    "subject_not_in_detail": Text(
        ja="「{procedure}」について、「{item}」の対象者に「{subject}」は含まれません。",
        en='For "{procedure}", "{item}" may not be asked about this person: {subject}.',
    ),
    "read_the_source": Text(
        ja="「{item}」が誰のものでよいかは、このデータからは決まりません。条文を確認してください。",
        en='The data do not say about whom "{item}" may be asked; read the article.',
    ),
    "requester_not_in_row": Text(
        ja="「{procedure}」の照会者に、{requester}は含まれません。",
        en='{requester} is no inquirer for "{procedure}".',
    ),
    "procedure_has_no_such_row": Text(
        ja="「{procedure}」の項には、この照会者も提供者も情報もありません。",
        en='The rows of "{procedure}" have neither this inquirer nor this provider nor this item.',
    ),
    "provider_not_in_row": Text(
        ja="「{procedure}」のため、{requester}が「{item}」を{provider}に照会することはできません。",
        en='For "{procedure}", {requester} may not ask this provider for "{item}": {provider}.',
    ),
    "item_not_of_this_provider": Text(
        ja="「{procedure}」のため{provider}が提供する情報に、「{item}」は含まれません。",
        en='For "{procedure}", "{item}" is not among what this provider gives: {provider}.',
    ),
    "named_in_table_but_not_in_detail_article": Text(
        ja="「{item}」は表にありますが、詳細を定める条にありません。",
        en='"{item}" stands in the table, but no detail article repeats it.',
    ),
    "not_in_force_on_date": Text(
        ja="この項は、その日には施行されていません。",
        en="This row is not in force on that day.",
    ),
    "assessment_unpublished": Text(
        ja="必要な特定個人情報保護評価書が公表されていません。",
        en="An impact assessment that is due is not published.",
    ),
    "notice_expired": Text(
        ja="情報提供ネットワークシステムからの通知の有効期間が過ぎています。",
        en="The notice of the network has expired.",
    ),
    "no_notice_of_the_core": Text(
        ja="情報提供ネットワークシステムからの通知がありません。",
        en="There is no notice of the network.",
    ),
}


def explain(reason: str, **names: Text) -> Text:
    """Return the sentence of a reason, with these names in it."""
    sentence = _SENTENCES[reason]
    return Text(
        ja=sentence.ja.format(**{part: name.ja for part, name in names.items()}),
        en=sentence.en.format(**{part: name.en for part, name in names.items()}),
    )
