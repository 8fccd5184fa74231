"""What the rules see in a document before anything is known of its site."""

from dataclasses import dataclass

from classifier.body import main_part
from classifier.reading import read
from classifier.records import Document, Finding
from classifier.rule_matcher import Search
from classifier.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A document, the search over its main part, and the offers found there.

    Both passes over a site need it; about fifty bytes for each character of the document.
    """

    document: Document
    main: Search
    offers: tuple[Finding, ...]
    is_whole: bool


def examine(document: Document, rules: Rules) -> Examined:
    """Read the main part of a document and match what it offers."""
    body = main_part(document)
    main = rules.search(read(body or document))
    offers = tuple(rules.match(main, "offering"))
    return Examined(document=document, main=main, offers=offers, is_whole=body is None)
