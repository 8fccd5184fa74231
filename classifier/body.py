"""The part of a page that can make an offer: its main blocks.

Menus, related links and footers say who publishes and for whom; alone they offer nothing (taxonomy,
decision 25). What they say is still read for facts, for points against, and for the speaker.
"""

from dataclasses import replace

from classifier.records import Document

# Below this share of the text the marks are not trusted: the page is a list, or nothing but a menu.
_LEAST_MAIN_SHARE = 0.15
_LEAST_MAIN_CHARS = 40


def main_part(document: Document) -> Document | None:
    """Return the document with everything outside its main blocks blanked, offsets unchanged.

    None when there is nothing to blank, or too little main text to judge the page by.
    """
    aside = [block for block in document.blocks if not block.main]
    if not aside:
        return None
    chars = list(document.text)
    for block in aside:
        for place in range(block.start, min(block.end, len(chars))):
            if chars[place] != "\n":
                chars[place] = " "
    text = "".join(chars)
    left = len("".join(text.split()))
    whole = len("".join(document.text.split()))
    if left < _LEAST_MAIN_CHARS or left < _LEAST_MAIN_SHARE * whole:
        return None
    blocks = tuple(block for block in document.blocks if block.main)
    return replace(document, text=text, blocks=blocks)
