"""The language of the search box: what is typed there, as what the engines look for.

Words and "exact phrases" of the text, `host:` and `contact:`, each excluded by a minus; all of
them must hold. `FORMS` is what the desk's help says of it.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from audit.analysis import search_term, whole
from audit.errors import QueryError
from audit.index.base import Clause
from audit.keys import contact_hash
from classifier.facts import facts
from classifier.normalise import normalise

MAX_CHARS = 1_000
MAX_TERMS = 32
# As typed, and what it finds.
FORMS = (
    ("数学 上门", "两个词都出现；繁体、暗语（如竖学）一并找到"),
    ("“一对一 上门”", "引号内的文字连续出现"),
    ("数学 -成人", "减号后面的词不出现"),
    ("13800000000", "电话、微信号、QQ 号须写完整"),
    ("网站:example.cn", "该网站及其下级域名"),
)

Kind = Literal["words", "host", "contact"]
_KINDS: dict[str, Kind] = {
    "host": "host",
    "网站": "host",
    "contact": "contact",
    "联系": "contact",
}
_KIND = re.compile(f"({'|'.join(_KINDS)})[:：](.*)", re.IGNORECASE | re.DOTALL)
_QUOTES = '"＂“”„‟「」『』'
_MINUS = "-－−"
_CONTACT_HASH = re.compile(r"[0-9a-f]{32}")
# What may be an account or number when it stands alone; WeChat's own rule is 6 to 20 of these.
_ACCOUNT = re.compile(r"[0-9a-z_]{5,20}")
# Reading facts costs a dictionary; without five of these in a term there is no contact in it.
_MAY_BE_CONTACT = re.compile(r"(?:[0-9a-z零〇一二三四五六七八九幺].*){5}")
_CONTACT_KINDS = ("phone", "wechat", "qq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term as typed, without its prefix."""

    text: str
    kind: Kind = "words"
    quoted: bool = False
    excluded: bool = False


def parse(query: str) -> tuple[Term, ...]:
    """Read a query.

    Raises:
        QueryError: an unclosed quote, an empty phrase, a minus before nothing, or too much.
    """
    if len(query) > MAX_CHARS:
        raise QueryError(
            f"query: expected at most {MAX_CHARS} characters, got {len(query)}.",
            zh=f"检索内容最多 {MAX_CHARS} 字，请缩短。",
        )
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
                f"query: '-' at character {at + 1} excludes nothing. Write it right before a word.",
                zh="减号后面没有词。请把减号紧写在要排除的词前面。",
            )
        if query[start] in _QUOTES:
            text, at = _phrase(query, start)
            terms.append(Term(text=text, quoted=True, excluded=excluded))
        else:
            at = _word_end(query, start)
            terms.append(_word(query[start:at], excluded=excluded))
    if len(terms) > MAX_TERMS:
        raise QueryError(
            f"query: expected at most {MAX_TERMS} terms, got {len(terms)}.",
            zh=f"最多可以写 {MAX_TERMS} 个词，请减少。",
        )
    return tuple(terms)


def _phrase(query: str, start: int) -> tuple[str, int]:
    end = next((i for i in range(start + 1, len(query)) if query[i] in _QUOTES), None)
    if end is None:
        raise QueryError(
            f"query: the quote at character {start + 1} is not closed. Close it or take it out.",
            zh="引号没有成对。请补上另一半，或去掉引号。",
        )
    text = query[start + 1 : end]
    if not text.strip():
        raise QueryError(
            f"query: the quotes at character {start + 1} hold nothing.",
            zh="引号里没有内容。",
        )
    return text, end + 1


def _word_end(query: str, start: int) -> int:
    for i in range(start, len(query)):
        if query[i].isspace() or query[i] in _QUOTES:
            return i
    return len(query)


def _word(typed: str, *, excluded: bool) -> Term:
    named = _KIND.fullmatch(typed)
    if named is None:
        return Term(text=typed, excluded=excluded)
    return Term(text=named[2], kind=_KINDS[named[1].lower()], excluded=excluded)


def clauses(query: str) -> tuple[Clause, ...]:
    """Turn a query into what the engines look for; an empty one into nothing, which means all.

    Raises:
        QueryError: it cannot be understood, or a term holds nothing that can be searched.
    """
    return tuple(_clause(term) for term in parse(query))


def _clause(term: Term) -> Clause:
    if term.kind == "host":
        return Clause(exact={"ad.host_path": (_host(term.text),)}, excluded=term.excluded)
    if term.kind == "contact":
        return Clause(exact={"ad.contacts": _hashes(term.text)}, excluded=term.excluded)
    searched = search_term(term.text)
    if searched is None:
        raise QueryError(
            f"query: '{term.text}' holds no visible character. Take it out or write a word.",
            zh="检索内容里有看不见的字符，请重新输入。",
        )
    hashes = contact_hashes(term.text)
    exact = {"ad.contacts": hashes} if hashes else {}
    return Clause(term=searched, exact=exact, excluded=term.excluded)


def _host(typed: str) -> str:
    """Return the host (and port) of what was typed, which may be a whole address."""
    try:
        host = urlsplit(typed if "//" in typed else f"//{typed}").netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    if not host:
        raise QueryError(
            f"query: expected a host name such as example.cn, got '{typed}'.",
            zh="“网站:”后面请写网站的域名，如 网站:example.cn。",
        )
    return host.lower()


def _hashes(typed: str) -> tuple[str, ...]:
    hashes = (typed,) if _CONTACT_HASH.fullmatch(typed) else contact_hashes(typed)
    if not hashes:
        raise QueryError(
            f"query: expected a telephone number, account or contact hash, got '{typed}'.",
            zh="“联系:”后面请写完整的电话、微信号或 QQ 号。",
        )
    return hashes


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
