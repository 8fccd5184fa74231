"""Build the folding table: one character in, its plain form out (width, case, script, marks).

Run as `python -m classifier.build_folding`. Needs OpenCC; the run time reads the table alone.
"""

import json
import sys
import unicodedata
from collections.abc import Callable
from itertools import chain

from classifier.folding import TABLE_PATH

ROUNDS = 8

# Default-ignorable and bidirectional code points (Unicode DerivedCoreProperties), marks that
# combine with any letter, controls other than tab and line breaks, skin tones: nobody reads them.
DELETED_RANGES = (
    (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x300, 0x36F),
    (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x20D0, 0x20FF),
    (0x302A, 0x302D), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x1D173, 0x1D17A), (0x1F3FB, 0x1F3FF), (0xE0000, 0xE0FFF),
)  # fmt: skip
LINE_BREAKS = "\x0b\x0c\r\x85\u2028\u2029"
DASHES = "‐‑‒–—―−﹘﹣－➖"
MIDDLE_DOTS = "·•‧∙⋅・･●"
# Small capitals, and CJK radicals that PDF texts show in place of the character: neither has a
# compatibility decomposition in Unicode.
SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
RADICALS = dict(
    zip(
        "⺀⺇⺌⺍⺓⺗⺠⺩⺫⺬⺭⺮⺯⺶⺷⺸⺼⺾⺿⻀⻁⻄⻅⻆⻉⻋⻌⻍⻎⻏⻐⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻟⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "冫几小小幺忄民王目示礻竹纟羊羊羊月艹艹艹虎西见角贝车辶辶辶阝钅长长门雨青韦页风飞食饣马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
# 丶 and 丨 are strokes that nobody writes but between the characters of another word.
VARIANTS = {
    "丶": "·",
    "丨": "|",
    "敎": "教",
    "斈": "学",
    "➕": "+",
    "✚": "+",
    "﹢": "+",
    "〜": "~",
    "∼": "~",
    "˙": "·",
}


def main() -> None:
    table = build()
    TABLE_PATH.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"{TABLE_PATH} written\n")


def build() -> dict[str, object]:
    """Give the table as JSON: `one` → `one_to` by position, `many` → text, `deleted_ranges`."""
    from opencc import OpenCC

    simplify: Callable[[str], str] = OpenCC("t2s").convert
    extra = extra_characters()
    deleted = "".join(chr(code) for low, high in DELETED_RANGES for code in range(low, high + 1))
    gone = frozenset(deleted)
    folded: dict[str, str] = {}
    for code in chain(range(0xD800), range(0xE000, 0x110000)):
        character = chr(code)
        if character not in gone:
            plain = plain_form(character, extra=extra, gone=gone, simplify=simplify)
            if plain != character:
                folded[character] = plain
    one = {key: value for key, value in folded.items() if len(value) == 1}
    many = {key: value for key, value in folded.items() if len(value) > 1}
    return {
        "one": "".join(one),
        "one_to": "".join(one.values()),
        "many": many,
        "deleted_ranges": DELETED_RANGES,
    }


def plain_form(
    character: str, *, extra: dict[str, str], gone: frozenset[str], simplify: Callable[[str], str]
) -> str:
    """Fold until nothing changes; a form that would vanish or become a bare blank stays."""
    plain = character
    for _ in range(ROUNDS):
        step = extra.get(plain) or "".join(extra.get(part, part) for part in plain)
        step = without_accents(unicodedata.normalize("NFKC", step))
        step = simplify(step.casefold())
        step = "".join(part for part in step if part not in gone)
        if step == plain:
            break
        plain = step
    is_blank = unicodedata.category(character) == "Zs"
    return plain if plain.strip() or is_blank or character in extra else character


def without_accents(text: str) -> str:
    """Drop accents from Latin letters (pinyin tones); kana and Cyrillic keep their marks."""
    parts = []
    for character in text:
        base = unicodedata.normalize("NFD", character)
        latin = len(base) > 1 and base[0].isascii() and base[0].isalpha()
        parts.append(base[0] if latin else character)
    return "".join(parts)


def extra_characters() -> dict[str, str]:
    extra = dict.fromkeys(LINE_BREAKS, "\n") | dict.fromkeys(DASHES, "-")
    extra |= dict.fromkeys(MIDDLE_DOTS, "·") | SMALL_CAPITALS | RADICALS | VARIANTS
    for first, start in ((0x2776, 1), (0x2780, 1), (0x278A, 1), (0x24EB, 11), (0x24F5, 1)):
        count = 20 - 10 if start == 11 else 10
        extra |= {chr(first + step): str(start + step) for step in range(count)}
    for first in (0x1F150, 0x1F170):
        extra |= {chr(first + step): chr(ord("a") + step) for step in range(26)}
    return extra


if __name__ == "__main__":
    main()
