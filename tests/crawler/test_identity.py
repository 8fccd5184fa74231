import hashlib

import pytest

from crawler.identity import PAGE_PART, ad_id, card_identity, page_ad_id


def test_page_ad_id_is_the_digest_of_url_and_part() -> None:
    expected = hashlib.sha256(b"http://h/a\npage").hexdigest()
    assert page_ad_id("HTTP://H:80/a#x") == expected == ad_id("http://h/a", PAGE_PART)


def test_card_with_a_detail_link_is_known_by_it() -> None:
    first = card_identity(
        listing_url="http://h/list?p=1", detail_url="http://h/d/7?spm=1", text="甲"
    )
    moved = card_identity(listing_url="http://h/list?p=2", detail_url="http://h/d/7#x", text="乙")
    assert first == moved == ("http://h/d/7", "item:http://h/d/7")
    assert first.ad_id == moved.ad_id != page_ad_id("http://h/d/7")


@pytest.mark.parametrize("same", ["初中 数学", "初中　数学", "初中\n数学"])
def test_card_without_a_link_is_known_by_its_folded_text(same: str) -> None:
    card = card_identity(listing_url="http://h:8810/list?p=1", detail_url=None, text=same)
    other = card_identity(listing_url="http://h:8810/list?p=9", detail_url=None, text="初中数学")
    assert card == other
    assert card.url == "http://h:8810/"


def test_card_with_another_text_is_another_card() -> None:
    cards = [
        card_identity(listing_url="http://h/", detail_url=None, text=text).ad_id for text in "甲乙"
    ]
    assert cards[0] != cards[1]
