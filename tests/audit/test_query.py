"""What the search box understands, and what it refuses with a reason."""

import pytest

from audit.errors import QueryError
from audit.keys import contact_hash
from audit.query import FORMS, MAX_CHARS, MAX_TERMS, Term, clauses, parse, possible_contacts


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("  　", [], id="blanks"),
        pytest.param("数学", [Term(text="数学")], id="one word"),
        pytest.param("数学　 语文", [Term(text="数学"), Term(text="语文")], id="two words"),
        pytest.param('"AP 课程"', [Term(text="AP 课程", quoted=True)], id="phrase"),
        pytest.param("“上门 私教”", [Term(text="上门 私教", quoted=True)], id="Chinese quotes"),
        pytest.param("「一对一」", [Term(text="一对一", quoted=True)], id="corner quotes"),
        pytest.param("-驾校", [Term(text="驾校", excluded=True)], id="excluded"),
        pytest.param("－驾校", [Term(text="驾校", excluded=True)], id="wide minus"),
        pytest.param('-"成 人"', [Term(text="成 人", quoted=True, excluded=True)], id="both"),
        pytest.param("A-Level", [Term(text="A-Level")], id="minus inside a word"),
        pytest.param("--x", [Term(text="-x", excluded=True)], id="excluded minus"),
        pytest.param('数学"提分"', [Term(text="数学"), Term(text="提分", quoted=True)], id="joined"),
        pytest.param("host:a.cn", [Term(text="a.cn", kind="host")], id="host"),
        pytest.param("-网站：a.cn", [Term(text="a.cn", kind="host", excluded=True)], id="网站"),
        pytest.param("Contact:138", [Term(text="138", kind="contact")], id="contact"),
        pytest.param('"host:a.cn"', [Term(text="host:a.cn", quoted=True)], id="quoted prefix"),
        pytest.param("title:数学 AND (a)", [
            Term(text="title:数学"), Term(text="AND"), Term(text="(a)")
        ], id="no other language"),
    ],
)  # fmt: skip
def test_query_is_read(query: str, terms: list[Term]) -> None:
    assert list(parse(query)) == terms


@pytest.mark.parametrize(
    ("query", "says"),
    [
        pytest.param('数学 "提分', r"quote at character 4 is not closed", id="open quote"),
        pytest.param('5"', "quote at character 2 is not closed", id="quote behind a word"),
        pytest.param('""', "hold nothing", id="empty phrase"),
        pytest.param("“　”", "hold nothing", id="blank phrase"),
        pytest.param("数学 - 语文", r"'-' at character 4 excludes nothing", id="lonely minus"),
        pytest.param("-", "excludes nothing", id="minus alone"),
        pytest.param("x" * (MAX_CHARS + 1), "at most 1000 characters, got 1001", id="too long"),
        pytest.param("a " * (MAX_TERMS + 1), "at most 32 terms, got 33", id="too many"),
        pytest.param("\u200b", "holds no visible character", id="invisible"),
        pytest.param("网站:", "expected a host name", id="no host"),
        pytest.param("host://[", "expected a host name", id="broken address"),
        pytest.param("联系:数学", "expected a telephone number", id="no contact"),
    ],
)
def test_unreadable_query_is_refused_with_the_place(query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says) as refused:
        clauses(query)
    assert refused.value.zh


@pytest.mark.parametrize("typed", ["a.cn", "A.cn", "https://a.cn/x?y", "//a.cn", "http://u@a.cn/"])
def test_host_may_be_typed_as_an_address(typed: str) -> None:
    assert [clause.exact for clause in clauses(f"host:{typed}")] == [{"ad.host_path": ("a.cn",)}]


def test_contact_is_asked_for_by_hash_or_as_written() -> None:
    by_number, by_hash = clauses(f"联系:13800000000 contact:{'0a' * 16}")
    assert contact_hash("phone:13800000000") in by_number.exact["ad.contacts"]
    assert by_hash.exact == {"ad.contacts": ("0a" * 16,)}
    assert by_number.term is by_hash.term is None


def test_examples_of_the_help_are_understood() -> None:
    assert all(clauses(form) for form, _ in FORMS)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("13800000000", "phone:13800000000"),
        ("138 0000 0000", "phone:13800000000"),
        ("138-0000-0000", "phone:13800000000"),
        ("１３８００００００００", "phone:13800000000"),
        ("Lin_2026x", "wechat:lin_2026x"),
        ("1234567", "qq:1234567"),
    ],
)
def test_bare_number_or_account_may_be_a_contact(text: str, contact: str) -> None:
    assert contact in possible_contacts(text)


@pytest.mark.parametrize("text", ["数学", "a", "abc", "x" * 30, "数学abc123"])
def test_other_words_are_no_contact(text: str) -> None:
    assert possible_contacts(text) == ()
