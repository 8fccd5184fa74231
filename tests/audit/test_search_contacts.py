"""Contacts in a search: found whole or by hash, shown to nobody."""

from collections.abc import Callable

import pytest

from audit.index.embedded import EmbeddedEngine
from audit.index.select import opened_engine
from audit.keys import contact_hash
from audit.search import SearchPage, search
from classifier.records import Fact
from tests.audit.builders import add_version, make_ad, make_assessment, span_of

pytestmark = pytest.mark.django_db


def ids(page: SearchPage) -> list[str]:
    assert page.total == len(page.hits)
    return [hit.ad_id for hit in page.hits]


def contact(text: str, quote: str, value: str, field: str = "text") -> Fact:
    return Fact(kind="contact", value=value, span=span_of(text, quote, field=field))


def test_contact_is_hidden_with_marks_of_its_length_and_found_whole(
    index: Callable[..., None],
) -> None:
    text, title = "初三数学，电话13800000000，微信lin2026，到校区咨询", "拨打13800000000"
    facts = (
        contact(text, "13800000000", "phone:13800000000"),
        contact(text, "lin2026", "wechat:lin2026"),
        contact(title, "13800000000", "phone:13800000000", "title"),
    )
    ad = make_ad(text, title, assessment=make_assessment(text, facts=facts))
    index(ad, make_ad("别的"))
    (hit,) = search("13800000000").hits
    assert hit.ad_id == ad.ad_id
    assert [text[span.start : span.end] for span in hit.highlights] == ["13800000000"]
    assert (hit.title, str(hit.snippet)) == (
        f"拨打{'*' * 11}",
        f"初三数学，电话{'*' * 11}，微信{'*' * 7}，到校区咨询",
    )
    assert ids(search('"138 0000 0000"')) == ids(search("lin2026")) == [ad.ad_id]
    assert ids(search("1380")) == ids(search("0000000")) == ids(search("lin20")) == []
    assert ids(search("13900000000")) == []
    assert ids(search("-13800000000")) != [ad.ad_id]


def test_contact_is_in_no_term_of_the_index(index: Callable[..., None]) -> None:
    text = "微信qihangxuetang，电话13812345678"
    facts = (
        contact(text, "13812345678", "phone:13812345678"),
        contact(text, "qihangxuetang", "wechat:qihangxuetang"),
    )
    index(make_ad(text, "题", assessment=make_assessment(text, facts=facts)))
    with opened_engine() as engine:
        assert isinstance(engine, EmbeddedEngine)
        searcher = engine.open_searcher()
        terms = {
            term
            for path in ("ad.words", "ad.title_words", "ad.grams", "ad.grams_decoded")
            for term, _ in searcher.terms_with_prefix(path, "")
        }
        hashes = {term for term, _ in searcher.terms_with_prefix("ad.contacts", "")}
    assert {"电话", "微信"} <= terms
    assert not any(character.isascii() and character.isalnum() for character in "".join(terms))
    assert hashes == {contact_hash(fact.value) for fact in facts}


def test_contact_of_a_wording_not_judged_yet_is_hidden(index: Callable[..., None]) -> None:
    old, new = "初三数学，详询前台", "联系电话 13812345678，初三数学"
    ad = make_ad(old)
    add_version(ad, new)
    index(ad)
    (hit,) = search("数学").hits
    assert "1234" not in str(hit.snippet)
    assert [new[span.start : span.end] for span in hit.highlights] == ["数学"]
    assert ids(search("1234")) == []


def test_hit_leads_to_ads_of_the_same_host_and_contact(index: Callable[..., None]) -> None:
    text = "初三数学，电话13800000000"
    facts = (contact(text, "13800000000", "phone:13800000000"),)
    opinion = make_assessment(text, facts=facts)
    one = make_ad(text, url="http://a.example:8080/1", assessment=opinion)
    other = make_ad(text, url="http://m.a.example/2", assessment=opinion)
    index(one, other, make_ad("别的", url="http://b.example/"))
    (key,) = search("host:a.example:8080").hits[0].contacts
    assert key.kind == "phone"
    assert set(ids(search(f"contact:{key.hash}"))) == {one.ad_id, other.ad_id}
    assert set(ids(search("网站:a.example"))) == {one.ad_id, other.ad_id}
    assert ids(search("网站:A.example:8080")) == [one.ad_id]
