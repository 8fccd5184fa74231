"""Tell whether a short spelling such as `V` or `薇` stands where a contact is named."""

import re

from classifier.replacements import Replacement

REACH = 12
CERTAIN_CHARS = 2
ACCOUNT = r"[a-z0-9_-]{5,}"
BEFORE = re.compile(
    r"(?:加|\+|添加|扫|搜|联系|联系我|咨询|咨询我|报名|预约|详聊|私聊|电话|手机|手机号|同步|同|关注)[\s::/、,]{0,2}$"
)
AFTER = re.compile(rf"号?[\s::=→>~-]{{0,3}}{ACCOUNT}|(?:同号|同步|同名|号[::]|扫码|[::]\s?$)")
SHORT_BEFORE = re.compile(
    r"(?:(?<![参增添更])加|(?<![a-z])\+|搜|(?:电话|手机|手机号)同?|同步)[\s::/、]{0,2}(?:我的?|下|个)?$"
)
SHORT_AFTER = re.compile(
    rf"号?[::]\s?{ACCOUNT}|号?\s?1[3-9]\d{{9}}|同号|号[::]|[a-z][a-z0-9_-]{{5,}}"
)


def has_contact_wording(text: str, item: Replacement) -> bool:
    """Look for wording of contact right before or after; one character needs it closer."""
    before = text[max(0, item.start - REACH) : item.start]
    after = text[item.end : item.end + 2 * REACH]
    if item.end - item.start < CERTAIN_CHARS:
        return bool(SHORT_BEFORE.search(before) or SHORT_AFTER.match(after))
    return bool(BEFORE.search(before) or AFTER.match(after))
