"""Copies of one story are one witness; two newsrooms on one event are two."""

from __future__ import annotations

from coercivity.documents import assign_families, overlap
from coercivity.documents.readers import parse_document

STORY = (
    "The trade ministry in Oslo said on Monday that it had granted licences to four companies, "
    "the first since the controls were announced in January. A spokeswoman declined to name them. "
    "Importers in Chile had waited for five months and some had stopped their lines."
)
OTHER = (
    "Four Chilean importers may buy Norwegian lenses again. Licences were issued this week, "
    "according to the government in Oslo, which gave no names and no quantities."
)


def made(*texts):
    return assign_families(
        parse_document(text.encode(), name=f"{i}.txt") for i, text in enumerate(texts)
    )


def test_copy_with_boilerplate_joins_the_family():
    one, two = made(STORY, f"Home\n\n{STORY} Read the full story on our site today, for free.\n")
    assert one.family == two.family


def test_excerpt_joins_the_family():
    one, two = made(STORY, STORY.split(". ")[0] + ".")
    assert one.family == two.family


def test_two_newsrooms_stay_two_witnesses():
    one, two = made(STORY, OTHER)
    assert one.family != two.family
    assert overlap(one, two) < 0.1


def test_families_do_not_depend_on_order():
    texts = [STORY, OTHER, STORY + " More follows."]
    forward = {d.name: d.family for d in made(*texts)}
    documents = [parse_document(t.encode(), name=f"{i}.txt") for i, t in enumerate(texts)]
    backward = {d.name: d.family for d in assign_families(reversed(documents))}
    assert forward == backward


def test_the_seeds_are_two_witnesses(shared):
    from coercivity.documents import read_folder

    one, two = read_folder(shared / "seeds").documents
    assert one.family != two.family
    assert overlap(one, two) < 0.1
