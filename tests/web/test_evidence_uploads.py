"""What comes in: capped, told apart by its bytes, refused with a reason; the rest is unharmed."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.urls import reverse

from coercivity.desk.accounts.models import StoredFile
from coercivity.desk.register import reading_process
from coercivity.desk.register.models import DocumentState, EvidenceDocument, EvidenceSet
from coercivity.desk.register.services import adding
from coercivity.desk.register.services.reading import read_waiting
from coercivity.errors import InputError
from web.evidence import DATED, PACK, UNDATED, add_note, ask_once, upload

pytestmark = pytest.mark.django_db

LATIN = "date 2025-10-31\n\nLe ministère a suspendu les contrôles.".encode("latin-1")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.txt", "empty"),
        (b"   \n", "blank.txt", "could not be read"),
        (b"text\x00text", "binary.txt", "a zero byte at offset 4"),
        (PNG, "picture.txt", "of a kind that is not taken"),
        (PNG, "picture.pdf", "of a kind that is not taken"),
        (LATIN, "latin.txt", "UTF-8"),
        ("Größe".encode("utf-16"), "wide.txt", "encoded in UTF-16"),
        (b"%PDF-1.4 but not one", "torn.pdf", "the PDF is damaged"),
        (b"<html><script>x()</script></html>", "hollow.html", "the page shows no text"),
    ],
)
def test_bad_uploads_say_what_is_wrong(people, sign_in, content, name, words) -> None:
    said = {"pack": PACK, "upload": upload(content, name)}
    answer = sign_in(people.analyst).post(reverse("register:add"), said, follow=True)
    shown = answer.content.decode()
    assert words in shown, shown
    kept = EvidenceDocument.objects.filter(state=DocumentState.READ)
    assert not kept.exists()
    if answer.redirect_chain:
        assert EvidenceDocument.objects.get().state == DocumentState.REFUSED
    else:
        assert answer.status_code == 422
        assert not EvidenceDocument.objects.exists()


def test_too_large(people, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(adding, "MAX_BYTES", 100)
    said = {"pack": PACK, "upload": upload("x" * 101)}
    answer = sign_in(people.analyst).post(reverse("register:add"), said)
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_undated_is_kept_and_says_so(people, sign_in) -> None:
    said = {"pack": PACK, "upload": upload(UNDATED, "undated.txt")}
    answer = sign_in(people.analyst).post(reverse("register:add"), said, follow=True)
    assert "relative dates such as “Thursday” stay open" in answer.content.decode()
    row = EvidenceDocument.objects.get()
    assert (row.state, row.published, row.published_from) == ("read", "", None)
    shown = sign_in(people.analyst).get(reverse("register:evidence")).content.decode()
    assert "undated.txt has no date: its relative dates stay open" in shown


def test_a_page_in_the_encoding_it_declares(people) -> None:
    page = "<html><head><meta charset='latin-1'></head><body><p>Le ministère dit non.</p></body>"
    row = adding.add_upload(
        actor=people.analyst, pack=PACK, upload=upload(page.encode("latin-1"), "page.html")
    )
    assert read_waiting(row.within, ask=ask_once) == 0
    row.refresh_from_db()
    assert "ministère" in row.text


def test_the_same_document_twice(people, sign_in) -> None:
    add_note(people.analyst, DATED, "first.txt")
    said = {"pack": PACK, "upload": upload(DATED, "second.txt")}
    answer = sign_in(people.analyst).post(reverse("register:add"), said)
    assert answer.status_code == 422
    assert "it is called first.txt" in answer.content.decode()
    other = {"pack": "no_such_pack", "upload": upload(UNDATED)}
    assert sign_in(people.analyst).post(reverse("register:add"), other).status_code == 422


def test_reading_alone_does_not_let_one_add(people, sign_in) -> None:
    for user in (people.holder, people.decider, people.auditor):
        client = sign_in(user)
        assert client.get(reverse("register:evidence")).status_code == 200
        assert client.get(reverse("register:add")).status_code == 403
        with pytest.raises(InputError):
            adding.add_upload(actor=user, pack=PACK, upload=upload(DATED))
    assert not EvidenceDocument.objects.exists()


def test_names_are_shown_without_folders(people) -> None:
    row = adding.add_upload(
        actor=people.analyst, pack=PACK, upload=upload(DATED, "C:\\files\\no\u202ete.txt")
    )
    assert row.name == "note.txt"


def test_the_folder_is_the_configured_one_and_nothing_else(
    people, sign_in, settings, tmp_path
) -> None:
    client = sign_in(people.analyst)
    answer = client.post(reverse("register:fetch"), {"pack": PACK})
    assert "No folder of documents is configured" in answer.content.decode()
    settings.DESK_DOCUMENTS = tmp_path / "documents"
    own = settings.DESK_DOCUMENTS / "institute"
    foreign = settings.DESK_DOCUMENTS / "authority"
    (own / "deep").mkdir(parents=True)
    foreign.mkdir()
    (foreign / "foreign.txt").write_text("date 2025-01-01\n\nNot for others.")
    (own / "dated.txt").write_text(DATED)
    (own / "deep" / "undated.txt").write_text(UNDATED)
    (own / "bad.txt").write_bytes(b"a\x00b")
    (own / "table.xlsx").write_bytes(b"x")
    (own / ".hidden.txt").write_text("hidden")
    (own / "link.txt").symlink_to(foreign / "foreign.txt")
    (own / "linked").symlink_to(foreign)
    (own / "documents.csv").write_text("file,source\ndated.txt,hindustan_times_2025_10\n")
    said = {"pack": PACK, "folder": str(foreign), "path": "../authority"}
    answer = client.post(reverse("register:fetch"), said)
    assert answer.status_code == 422
    problems = answer.context["problems"]
    assert [problem.where for problem in problems] == ["bad.txt", "table.xlsx"]
    rows = EvidenceDocument.objects.order_by("name")
    assert [(row.name, row.state) for row in rows] == [
        ("dated.txt", "read"),
        ("undated.txt", "read"),
    ]
    assert rows[0].source == "hindustan_times_2025_10"
    assert rows[0].publisher.startswith("Hindustan Times")
    again = client.post(reverse("register:fetch.json"), {"pack": PACK})
    assert EvidenceDocument.objects.count() == 2
    assert again.status_code == 422
    stranger = sign_in(people.foreign_officer).post(reverse("register:fetch"), {"pack": PACK})
    assert "no part for your organisation" in stranger.content.decode()


def test_what_takes_too_long_waits_and_is_read_by_the_command(people, capsys) -> None:
    row = adding.add_upload(actor=people.analyst, pack=PACK, upload=upload(DATED))
    assert read_waiting(row.within, ask=lambda payload: None) == 1
    row.refresh_from_db()
    assert row.state == DocumentState.WAITING
    call_command("read_documents")
    row.refresh_from_db()
    assert row.state == DocumentState.READ
    assert "no document waits" in capsys.readouterr().out
    call_command("read_documents", "--all")
    assert "no document waits" in capsys.readouterr().out


def test_a_reader_that_breaks_refuses_the_document_and_serves_the_next(people, monkeypatch) -> None:
    gone = "coercivity.desk.register.no_such_module:read"
    monkeypatch.setattr(reading_process, "FUNCTION", gone)
    monkeypatch.setattr(reading_process, "_reader", None)
    row = adding.add_upload(actor=people.analyst, pack=PACK, upload=upload(DATED))
    assert read_waiting(row.within) == 0
    row.refresh_from_db()
    assert row.state == DocumentState.REFUSED
    assert "the reading was given up" in row.problems[0]["what"]


def test_no_reading_process_is_left_when_nobody_adds_anything(monkeypatch) -> None:
    monkeypatch.setattr(reading_process, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(
        reading_process, "run_tasks", lambda _f, _s, tasks, **_: ((task, {}) for task in tasks)
    )
    monkeypatch.setattr(reading_process, "_reader", None)
    before = threading.active_count()
    assert reading_process.ask({"name": "x"}) == {}
    reader = reading_process._reader
    for _ in range(200):
        if not reader.is_open:
            break
        threading.Event().wait(0.01)
    assert not reader.is_open
    assert reading_process.ask({"name": "y"}) == {}
    assert reading_process._reader is not reader
    assert threading.active_count() <= before + 1


def test_the_pack_notes_come_with_their_sources(people, monkeypatch) -> None:
    added = adding.add_from_pack(actor=people.analyst, pack="fertiliser")
    rows = EvidenceDocument.objects.all()
    assert added == rows.count() > 10
    assert all(row.source for row in rows)
    assert adding.add_from_pack(actor=people.analyst, pack="fertiliser") == 0
    monkeypatch.setattr(adding, "MAX_DOCUMENTS", added)
    with pytest.raises(InputError, match="documents already"):
        adding.add_upload(actor=people.analyst, pack="fertiliser", upload=upload(DATED))
    assert EvidenceSet.objects.count() == 1
