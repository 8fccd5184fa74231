"""The language of the search box: words, "exact phrases", -exclusions; all of them must hold."""

import re
from dataclasses import dataclass

from audit.analysis import search_term, whole
from audit.errors import QueryError
from audit.index.base import Clause
from audit.keys import contact_hash
from classifier.facts import facts
from classifier.normalise import normalise

MAX_CHARS = 1_000
MAX_TERMS = 32

_QUOTES = '"＂“”„‟「」『』'
_MINUS = "-－−"
# What may be an account or number when it stands alone; WeChat's own rule is 6 to 20 of these.
_ACCOUNT = re.compile(r"[0-9a-z_]{5,20}")
# Reading facts costs a dictionary; without five of these in a term there is no contact in it.
_MAY_BE_CONTACT = re.compile(r"(?:[0-9a-z零〇一二三四五六七八九幺].*){5}")
_CONTACT_KINDS = ("phone", "wechat", "qq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term as typed."""

    text: str
    quoted: bool = False
    excluded: bool = False


def parse(query: str) -> tuple[Term, ...]:
    """Read a query.

    Raises:
        QueryError: an unclosed quote, an empty phrase, a minus before nothing, or too much.
    """
    if len(query) > MAX_CHARS:
        raise QueryError(f"query: expected at most {MAX_CHARS} characters, got {len(query)}.")
    terms: list[Term] = []
    at = 0
    while at < len(query):
        if query[at].isspace():
            at += 1
            continue
        excluded = query[at] in _MINUS
        start = at + excluded
        if start == len(query) or query[start].isspace():
            raise QueryError(
                f"query: '-' at character {at + 1} excludes nothing. Write it right before a word."
            )
        if query[start] in _QUOTES:
            text, at = _phrase(query, start)
            terms.append(Term(text=text, quoted=True, excluded=excluded))
        else:
            at = _word_end(query, start)
            terms.append(Term(text=query[start:at], excluded=excluded))
    if len(terms) > MAX_TERMS:
        raise QueryError(f"query: expected at most {MAX_TERMS} terms, got {len(terms)}.")
    return tuple(terms)


def _phrase(query: str, start: int) -> tuple[str, int]:
    end = next((i for i in range(start + 1, len(query)) if query[i] in _QUOTES), None)
    if end is None:
        raise QueryError(
            f"query: the quote at character {start + 1} is not closed. Close it or take it out."
        )
    text = query[start + 1 : end]
    if not text.strip():
        raise QueryError(f"query: the quotes at character {start + 1} hold nothing.")
    return text, end + 1


def _word_end(query: str, start: int) -> int:
    for i in range(start, len(query)):
        if query[i].isspace() or query[i] in _QUOTES:
            return i
    return len(query)


def clauses(query: str) -> tuple[Clause, ...]:
    """Turn a query into what the engines look for; an empty one into nothing, which means all.

    Raises:
        QueryError: it cannot be understood, or a term holds nothing that can be searched.
    """
    found = []
    for term in parse(query):
        searched = search_term(term.text)
        if searched is None:
            raise QueryError(
                f"query: '{term.text}' holds no visible character. Take it out or write a word."
            )
        found.append(
            Clause(term=searched, contacts=contact_hashes(term.text), excluded=term.excluded)
        )
    return tuple(found)


def contact_hashes(text: str) -> tuple[str, ...]:
    """Return the hashes under which a contact written like this may be kept."""
    return tuple(contact_hash(contact) for contact in possible_contacts(text))


def possible_contacts(text: str) -> tuple[str, ...]:
    """Return the contacts that a term may stand for: as the classifier reads it, or standing bare.

    A bare `lin2026` may be an account of any kind, so each kind is tried.
    """
    n = normalise(whole(text))
    if not _MAY_BE_CONTACT.search(n.folded):
        return ()
    found = [fact.value for fact in facts(n) if fact.kind == "contact"]
    plain = re.sub(r"[\s-]+", "", n.folded)
    if _ACCOUNT.fullmatch(plain):
        found += [f"{kind}:{plain}" for kind in _CONTACT_KINDS]
    return tuple(dict.fromkeys(found))
