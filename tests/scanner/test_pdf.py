"""A PDF gives what stands beside its text: fields of forms, notes, properties and attached files."""

import io
from pathlib import Path

import pypdfium2
import pytest

from mynumber.scanner.judging import Confidence
from tests.scanner.test_files import NUMBER, found

TITLE = "<FEFF" + "個人番号".encode("utf-16-be").hex() + ">"


def pdf(annotations: list[str], information: str = "") -> bytes:
    """Return a PDF of one empty page with annotations."""
    numbers = range(5, 5 + len(annotations))
    listed = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{listed}]>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Annots[{listed}]>>",
        f"<<{information}>>",
        *(f"<</Type/Annot/Rect[10 10 90 30]/P 3 0 R{one}>>" for one in annotations),
    ]
    body = "%PDF-1.4\n" + "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(objects, 1))
    return (body + f"trailer<</Root 1 0 R/Info 4 0 R/Size {len(objects) + 1}>>\n%%EOF").encode()


def field(name: str, value: str) -> str:
    return f"/Subtype/Widget/FT/Tx/T({name})/TU{TITLE}/V({value})"


KINDS = {
    "field": (pdf([field("a", NUMBER)]), "page"),
    "field for each digit": (pdf([field(f"n{at}", digit) for at, digit in enumerate(NUMBER)]), "page"),
    "fields of four digits": (pdf([field(f"n{at}", NUMBER[at : at + 4]) for at in (0, 4, 8)]), "page"),
    "note": (pdf([f"/Subtype/Text/Contents(My Number {NUMBER})"]), "page"),
    "property": (pdf([field("a", "x")], f"/Subject(My Number {NUMBER})"), "key"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_beside_the_text(kind: str, tmp_path: Path) -> None:
    content, place = KINDS[kind]
    (tmp_path / "a.pdf").write_bytes(content)
    (find,), unread = found(tmp_path / "a.pdf")
    assert unread == []
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)
    assert list(find.location.members()) == [place]


def test_an_empty_form_is_a_page_without_text(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(["/Subtype/Text/Contents()"]))
    finds, (unread,) = found(tmp_path / "a.pdf")
    assert finds == []
    assert unread.why == "no text on page 1"


def test_an_attached_file_is_read(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf([field("a", "x")])))
    document.new_attachment("表.csv").set_data(f"個人番号\n{NUMBER}\n".encode())  # type: ignore[attr-defined]
    document.save(str(tmp_path / "a.pdf"))  # type: ignore[attr-defined]
    (find,), unread = found(tmp_path / "a.pdf")
    assert unread == []
    assert (find.path, find.digits) == (f"{tmp_path}/a.pdf!/表.csv", NUMBER)
