import subprocess
import sys

import coercivity
from coercivity.errors import (
    CoercivityError,
    InputError,
    InvariantError,
    NotFoundError,
    Problem,
    UsageError,
)


def test_each_class_has_its_exit_code():
    codes = [
        kind.exit_code
        for kind in (CoercivityError, UsageError, InputError, NotFoundError, InvariantError)
    ]
    assert codes == [1, 2, 3, 4, 5]


def test_message_says_where_what_expected_and_next():
    error = InputError("no date", where="a.txt", expected="a date line", hint="add it")
    assert str(error) == "a.txt: no date. Expected: a date line. Next: add it."
    assert error.problems == (error.problem,)


def test_several_problems_are_all_printed():
    error = InputError("two", problems=[Problem("one", "x:1"), Problem("other", "x:2")])
    assert str(error).splitlines()[1:] == ["  x:1: one.", "  x:2: other."]


def test_every_public_verb_exists_in_its_room():
    for name in coercivity.__all__:
        assert getattr(coercivity, name) is not None, name


def test_import_is_light():
    heavy = "('numba', 'spacy', 'pandas')"
    code = f"import sys, coercivity; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
