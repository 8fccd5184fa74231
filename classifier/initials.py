"""Find subjects written as the initials of their pinyin: SX, YW、YY, wl+hx."""

import re
from collections.abc import Iterator

from classifier.replacements import Replacement

SUBJECTS = {
    "sx": "数学", "yw": "语文", "yy": "英语", "wl": "物理", "hx": "化学",
    "sw": "生物", "ls": "历史", "dl": "地理", "zz": "政治", "zw": "作文",
}  # fmt: skip
# The others have too many other meanings (老师, 代理, 软件): they count beside these only.
CLEAR = frozenset(("sx", "yw", "yy", "wl", "hx"))
ANY = "|".join(SUBJECTS)
TOKEN = re.compile(ANY)
RUN = re.compile(
    rf"(?<![a-z0-9.@_/-])(?:{ANY})(?:[、,/+&·和或\s]{{0,2}}(?:{ANY}))*(?![a-z0-9_@-]|\.[a-z0-9])"
)
# YY is also a live platform, SX a province on number plates, HX a product line.
OTHER_MEANING = re.compile(
    r"\s?(?:直播|频道|语音|平台|软件|号线|房间|集团|公司|系列|型|[::]\s?\d|\d)"
)

# Right beside these the initials can only be a subject.
CUE_BEFORE = re.compile(r"(?:教|补|讲|辅导|补习|科目[::]?|擅长)\s?$")
CUE_AFTER = re.compile(
    r"\s?(?:[一1]\s?(?:对|v)\s?[一1]|小班|辅导|补习|家教|作业|成绩|培优|提分|冲刺)"
)
CUE_REACH = 5


def is_certain(text: str, start: int, end: int) -> bool:
    """Tell whether wording of lessons stands right beside a row of initials."""
    before = text[max(0, start - CUE_REACH) : start]
    return bool(CUE_BEFORE.search(before) or CUE_AFTER.match(text, end))


def initials(text: str) -> Iterator[tuple[Replacement, bool]]:
    """Give every subject of each row of initials that holds a clear one, and whether it is certain.

    Without wording of lessons right beside it, a row needs context.
    """
    if not any(token in text for token in CLEAR):
        return
    for run in RUN.finditer(text):
        tokens = list(TOKEN.finditer(run[0]))
        is_sure = is_certain(text, run.start(), run.end())
        is_other = not is_sure and OTHER_MEANING.match(text, run.end())
        if is_other or CLEAR.isdisjoint(token[0] for token in tokens):
            continue
        for token in tokens:
            start = run.start() + token.start()
            subject = SUBJECTS[token[0]]
            yield Replacement(start, start + len(token[0]), subject, "initials"), is_sure
