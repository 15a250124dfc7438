"""The room `law`: what the statutes allow, as tables with a reference in every line.

Purpose: decide declared facts by the law data, and say why, in Japanese and English, with the articles.
Enters: words of the closed vocabularies of the law data, and a date.
Leaves: `Allowed`, `Refused` or `Undecidable`, each with its reason, lines and references; the rows of the signed table.
Must never see: a My Number, a code, a name or a person's data; it decides on facts and forms, never on digits.
Articles: My Number Act art. 19(8), 21, 22, 28(6); the order on linked information (506M60004008009), art. 2 to 175-2.
Read first: linkage.py.
"""
