"""The brief: the answer, what it rests on, and the page that shows both."""

from coercivity.brief.making import DEFAULT_MEMBERS, DEFAULT_SEED, Brief, make_brief

__all__ = ["DEFAULT_MEMBERS", "DEFAULT_SEED", "Brief", "make_brief"]
