"""Derive the disguised spellings of the domain words from public character tables.

Run as `python -m classifier.build_tables FOLDER`, where FOLDER holds chaizi/, emoji-zh/,
hanzi-similar/, pycorrector/ and texts to check against (`*/*.jsonl` with a `text` each); their
sources and licences are in data/lexicons/NOTICE.md. Needs jieba and pypinyin; the run time reads
the tables alone.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from classifier.domain import DomainWord, load_domain
from classifier.folding import fold
from classifier.spellings import load_slang

TABLES = Path(__file__).parent / "data" / "lexicons" / "tables"
# Spellings whose sound fits but which people write for other words.
COMMON_WORD_FREQUENCY = 3
EDGE_WORD_FREQUENCY = 12
MAX_SPLIT_PARTS = 3
MAX_MIXED_CHARS = 4
PINYIN_JOINTS = ("", " ", "-", "'", ".", "·", "*", "/", "|")
NUMERALS = "一二三四五六七八九十"
MAX_EMOJI_PER_SYLLABLE = 24
# buke, wuli and lishi are names and words of other languages too.
LONGEST_VAGUE_PINYIN = 5


class Form(NamedTuple):
    spelling: str
    plain: str
    method: str
    needs: str


class Sources(NamedTuple):
    """`sounds`: character → characters of the same sound; `shapes`, `splits` likewise."""

    sounds: dict[str, set[str]]
    shapes: dict[str, set[str]]
    splits: dict[str, set[str]]
    emoji: dict[str, list[str]]
    words: Counter[str]
    corpus: str


def main() -> None:
    folder = Path(sys.argv[1])
    sources = read_sources(folder)
    words = load_domain()
    forms = derive(words, sources)
    lines = [
        "\t".join(form) for form in sorted(forms, key=lambda form: (form.method, form.spelling))
    ]
    (TABLES / "forms.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    edges = edge_lines(words, forms, sources.words)
    (TABLES / "edges.tsv").write_text("\n".join(edges) + "\n", encoding="utf-8")
    readings = reading_lines(words)
    (TABLES / "readings.tsv").write_text("\n".join(readings) + "\n", encoding="utf-8")
    counts = Counter(form.method for form in forms)
    sys.stderr.write(f"{sum(counts.values())} forms {dict(counts)}, {len(edges)} edges\n")


def syllables(text: str) -> list[str]:
    """Give the toneless syllable of each character, ü as v."""
    from pypinyin import lazy_pinyin

    return [syllable.replace("ü", "v") for syllable in lazy_pinyin(text)]


def read_sources(folder: Path) -> Sources:
    words = jieba_words()
    texts = [
        json.loads(line)["text"]
        for path in sorted(folder.glob("real_*/*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line
    ]
    return Sources(
        sounds=read_sounds(folder / "pycorrector" / "same_pinyin.txt"),
        shapes=read_shapes(folder),
        splits=read_splits(folder / "chaizi"),
        emoji=read_emoji(folder / "emoji-zh" / "emoji_zh.tsv"),
        words=words,
        corpus=fold("\n".join(texts))[0],
    )


def jieba_words() -> Counter[str]:
    import jieba

    words: Counter[str] = Counter()
    with jieba.get_dict_file() as handle:
        for line in handle:
            word, frequency, *_ = line.decode("utf-8").split()
            words[word] = int(frequency)
    return words


def read_sounds(path: Path) -> dict[str, set[str]]:
    sounds: dict[str, set[str]] = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            head, *same = line.split("\t")
            sounds[head].update("".join(same).strip())
    return sounds


def read_shapes(folder: Path) -> dict[str, set[str]]:
    """Give look-alikes: the hand-made groups, and same build, near corners, near stroke count."""
    shapes: dict[str, set[str]] = defaultdict(set)
    groups = (folder / "pycorrector" / "same_stroke.txt").read_text(encoding="utf-8").splitlines()
    for group in groups:
        members = set(group.split())
        for member in members:
            shapes[member] |= members - {member}
    similar = folder / "hanzi-similar"
    structure = read_pairs(similar / "hanzijiegou_2w.txt")
    corners = read_pairs(similar / "sijiaobianma_2w.txt")
    strokes = read_pairs(similar / "bihuashu_2w.txt")
    by_build: dict[tuple[str, str], list[str]] = defaultdict(list)
    for character, code in corners.items():
        if "\u4e00" <= character <= "\u9fff":
            by_build[structure.get(character, ""), code[:4]].append(character)
    for members_list in by_build.values():
        for one, other in product(members_list, repeat=2):
            near = abs(int(strokes.get(one, 0)) - int(strokes.get(other, 99))) <= 1
            if one != other and near:
                shapes[one].add(other)
    return shapes


def read_pairs(path: Path) -> dict[str, str]:
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and len(pair[0]) == 1}


def read_splits(folder: Path) -> dict[str, set[str]]:
    splits: dict[str, set[str]] = defaultdict(set)
    for name in ("chaizi-jt.txt", "chaizi-ft.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            head, *ways = line.split("\t")
            for way in ways:
                parts = way.split()
                is_usable = 2 <= len(parts) <= MAX_SPLIT_PARTS and all(map(is_part, parts))
                if is_usable:
                    splits[fold(head)[0]].add(fold("".join(parts))[0])
    return splits


def is_part(part: str) -> bool:
    """Tell whether people would type this part: no bare strokes, no rare extensions."""
    return len(part) == 1 and part not in "丨亅丿乀乁丶乙乚一フマ" and ord(part) < 0x9FFF


def read_emoji(path: Path) -> dict[str, list[str]]:
    """Give emoji by the syllable of each character of their names, plain names first."""
    emoji: dict[str, list[str]] = defaultdict(list)
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    for sign, name in sorted(rows, key=lambda row: len(row[1])):
        folded = fold(sign)[0]
        if len(folded) == 1 and not folded.isascii() and name and len(name) <= 3:
            for syllable in dict.fromkeys(syllables(name)):
                if folded not in emoji[syllable]:
                    emoji[syllable].append(folded)
    return emoji


def derive(words: list[DomainWord], sources: Sources) -> list[Form]:
    plain = {word.text for word in words}
    found: dict[str, Form] = {}
    for word in words:
        if not all("\u4e00" <= character <= "\u9fff" for character in word.text):
            continue
        makers = [pinyin_forms(word), split_forms(word, sources)]
        if word.sounds:
            makers += [emoji_forms(word, sources.emoji), swapped_forms(word, sources)]
        for maker in makers:
            for form in maker:
                is_honest = form.spelling in plain or is_common(form, sources)
                if not is_honest:
                    found.setdefault(form.spelling, form)
    return list(found.values())


def is_common(form: Form, sources: Sources) -> bool:
    """Tell whether ordinary text holds the spelling: a dictionary word or a stretch of a page."""
    if form.method in ("homophone", "look_alike", "split"):
        return sources.words[form.spelling] > 0 or form.spelling in sources.corpus
    return False


def pinyin_forms(word: DomainWord) -> Iterator[Form]:
    parts = syllables(word.text)
    if len(word.text) > 1:
        certain = word.sounds and len("".join(parts)) > LONGEST_VAGUE_PINYIN
        needs = needs_of(word, is_certain=certain)
        for joint in PINYIN_JOINTS:
            yield Form(joint.join(parts), word.text, "pinyin", needs)
    for kept in product((True, False), repeat=len(parts)):
        if any(kept) and not all(kept) and len(parts) <= MAX_MIXED_CHARS:
            mixed = [
                character if is_kept else part
                for character, part, is_kept in zip(word.text, parts, kept, strict=True)
            ]
            yield Form("".join(mixed), word.text, "pinyin", needs_of(word, is_certain=True))


def needs_of(word: DomainWord, *, is_certain: bool) -> str:
    """Give what a spelling of the word needs beside it; half pinyin, half Han is certain."""
    if word.kind == "contact":
        return "contact"
    return "nothing" if is_certain and word.anchors else "context"


def split_forms(word: DomainWord, sources: Sources) -> Iterator[Form]:
    """Split one character, or both of two; parts that never stand side by side need no context."""
    splits = sources.splits
    for place, character in enumerate(word.text):
        for parts in sorted(splits.get(character, ())):
            spelling = word.text[:place] + parts + word.text[place + 1 :]
            is_seen = parts in sources.corpus or sources.words[parts] > 0
            yield Form(spelling, word.text, "split", "context" if is_seen else "nothing")
    if len(word.text) == 2:
        for pair in product(*(sorted(splits.get(character, ())) for character in word.text)):
            yield Form("".join(pair), word.text, "split", "nothing")


def emoji_forms(word: DomainWord, emoji: dict[str, list[str]]) -> Iterator[Form]:
    parts = syllables(word.text)
    for place, part in enumerate(parts):
        for sign in emoji.get(part, ())[:MAX_EMOJI_PER_SYLLABLE]:
            spelling = word.text[:place] + sign + word.text[place + 1 :]
            yield Form(spelling, word.text, "emoji", "context")


def swapped_forms(word: DomainWord, sources: Sources) -> Iterator[Form]:
    for place, character in enumerate(word.text):
        for method, table in (("homophone", sources.sounds), ("look_alike", sources.shapes)):
            for other in sorted(table.get(character, ())):
                folded = fold(other)[0]
                if len(folded) == 1 and folded != character:
                    spelling = word.text[:place] + folded + word.text[place + 1 :]
                    yield Form(spelling, word.text, method, "context")


def edge_lines(words: list[DomainWord], forms: list[Form], known: Counter[str]) -> list[str]:
    """Give for each outer character the neighbours with which it makes an ordinary word."""
    spellings = [form.spelling for form in forms] + [word.text for word in words]
    spellings += [slang.text for slang in load_slang()]
    firsts = {spelling[0] for spelling in spellings}
    lasts = {spelling[-1] for spelling in spellings}
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for word, frequency in known.items():
        if len(word) == 2 and frequency >= EDGE_WORD_FREQUENCY:
            if word[1] in firsts and word[1] not in NUMERALS:
                before[word[1]].add(word[0])
            if word[0] in lasts and word[0] not in NUMERALS:
                after[word[0]].add(word[1])
    return [
        "\t".join(
            (character, "".join(sorted(before[character])), "".join(sorted(after[character])))
        )
        for character in sorted(firsts | lasts)
        if before.get(character) or after.get(character)
    ]


def reading_lines(words: list[DomainWord]) -> list[str]:
    """Give the syllables of each domain character, for pinyin set beside it in brackets."""
    from pypinyin import Style, pinyin

    characters = sorted({character for word in words for character in word.text})
    lines = []
    for character in characters:
        if "\u4e00" <= character <= "\u9fff":
            every = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
            lines.append(f"{character}\t{' '.join(fold(syllable)[0] for syllable in every)}")
    return lines


if __name__ == "__main__":
    main()
