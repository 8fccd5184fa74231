"""Bytes to text when the header, the byte order mark, the meta tag and the bytes disagree.

A mark wins; then bytes that can only be UTF-8; then the first declaration that the bytes obey
(header before meta); then what the bytes look like, with Chinese charsets tried first, because
the pages are Chinese. gb2312 and gbk mean gb18030, as in every browser.
"""

import codecs
import re
from dataclasses import dataclass

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The standard looks at 1,024 bytes; real pages put scripts before the tag.
_META_BYTES = 8192
_META = re.compile(
    rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})"
    rb"|<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_CHINESE = ("gb18030", "big5hkscs")
_FAMILY = {"gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs"}
_DETECTOR_BYTES = 65_536
_MARKED = re.compile(r"[^\x00-\x7f]")
_HIGH = re.compile("[\u2000-\ufffc\U00010000-\U0010ffff]")  # neither Latin nor the replacement
_COMMON = re.compile("[\u4e00-\u9fff\u2000-\u33ff\uff00-\uffef\u00b7\u00a0\u00d7\u00b0]")
# Of a page that is UTF-8 but for damage, at least this many characters per damaged one are sound.
# Text in a legacy charset read as UTF-8 has next to no sound characters beyond U+2000.
_SOUND_PER_BAD = 3
# Above this share of damaged characters a declaration is not believed.
_MAX_BAD_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text with the charset it was read in; `how` says who decided and what was replaced."""

    text: str
    charset: str
    how: str


def decode(body: bytes, *, content_type: str) -> Decoded:
    """Decode a page; never fails, and says in `how` when bytes had to be replaced."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _replacing(body[len(mark) :], codec, "byte order mark")
    wide = _utf_16_without_mark(body)
    if wide is not None:
        return _replacing(body, wide, "bytes (utf-16 without mark)")
    declared = _declared(body, content_type)
    utf_8 = _strict(body, "utf-8")
    if utf_8 is not None and (not declared or declared[0][1] == "utf-8" or _is_cjk_utf_8(utf_8)):
        return Decoded(text=utf_8, charset="utf-8", how=_who("utf-8", declared))
    believed = [entry for entry in declared if not _is_servers_default(entry[1], body)]
    for origin, codec in believed:
        text = _strict(body, codec)
        if text is not None:
            return Decoded(text=text, charset=codec, how=origin)
    if utf_8 is not None:
        return Decoded(text=utf_8, charset="utf-8", how=_who("utf-8", declared))
    return _damaged(body, believed) or _detected(body, declared)


def _declared(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Return (origin, codec) of each usable declaration, the most binding first."""
    found: list[tuple[str, str]] = []
    header = _HEADER.search(content_type)
    if header:
        found.append(("header", header.group(1)))
    meta = _META.search(_COMMENT.sub(b"", body[:_META_BYTES]))
    if meta:
        found.append(("meta", (meta.group(1) or meta.group(2)).decode("ascii")))
    usable = []
    for origin, label in found:
        codec = _codec(label)
        # A page that can be searched for a tag, or is no UTF-16 by its bytes, is not UTF-16.
        if codec is not None and not codec.startswith(("utf-16", "utf-32")):
            usable.append((origin, codec))
    return usable


def _codec(label: str | None) -> str | None:
    mapped = map_encoding_to_html5((label or "").strip(), fallback_utf8=False)
    if mapped is None:
        return None
    codec = _FAMILY.get(mapped.lower(), mapped.lower())
    try:
        codecs.lookup(codec)
    except LookupError:
        return None
    return codec


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _replacing(body: bytes, codec: str, how: str) -> Decoded:
    text = body.decode(codec, errors="replace")
    bad = text.count("\ufffd")
    shown = f"{how}, {bad} characters replaced" if bad else how
    return Decoded(text=text, charset=codec, how=shown)


def _who(codec: str, declared: list[tuple[str, str]]) -> str:
    """Name the declaration that agrees, or say which one the bytes contradict."""
    for origin, candidate in declared:
        if candidate == codec:
            return origin
    if declared:
        return "bytes ({} said {})".format(*declared[0])
    return "bytes"


def _utf_16_without_mark(body: bytes) -> str | None:
    sample = body[:2048]
    if len(sample) < 8 or sample.count(0) * 5 < len(sample):
        return None
    high_first, low_first = sample[0::2].count(0), sample[1::2].count(0)
    if min(high_first, low_first) * 10 > max(high_first, low_first):
        return None
    return "utf-16-le" if low_first > high_first else "utf-16-be"


def _is_cjk_utf_8(text: str) -> bool:
    """Tell UTF-8 from a legacy charset that happens to be valid UTF-8 (two-byte sequences)."""
    return len(_HIGH.findall(text)) * 2 > len(_MARKED.findall(text))


def _is_servers_default(codec: str, body: bytes) -> bool:
    """Say whether a one-byte charset, which any bytes obey, stands over Chinese bytes."""
    return len(b"\xc4\xe3".decode(codec, errors="replace")) == 2 and _chinese(body) is not None


def _damaged(body: bytes, declared: list[tuple[str, str]]) -> Decoded | None:
    """Decode UTF-8, or what was declared, when but a few bytes are bad."""
    utf_8 = body.decode("utf-8", errors="replace")
    bad = utf_8.count("\ufffd")
    if len(_HIGH.findall(utf_8)) >= bad * _SOUND_PER_BAD:
        return _replacing(body, "utf-8", _who("utf-8", declared))
    for origin, codec in declared:
        decoded = _replacing(body, codec, origin)
        marked = len(_MARKED.findall(decoded.text))
        if decoded.text.count("\ufffd") <= marked * _MAX_BAD_SHARE:
            return decoded
    return None


def _chinese(body: bytes) -> str | None:
    """Return the Chinese charset that the bytes obey and that gives mostly common characters."""
    fitting = []
    for codec in _CHINESE:
        text = _strict(body, codec)
        if text is not None:
            common = len(_COMMON.findall(text))
            if common * 10 >= len(_MARKED.findall(text)) * 9:
                fitting.append(codec)
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    guess = _codec(detect_encoding(body[:_DETECTOR_BYTES]))
    return guess if guess in fitting else fitting[0]


def _detected(body: bytes, declared: list[tuple[str, str]]) -> Decoded:
    how = "bytes ({} said {})".format(*declared[0]) if declared else "bytes"
    chinese = _chinese(body)
    if chinese is not None:
        return _replacing(body, chinese, how)
    guess = _codec(detect_encoding(body[:_DETECTOR_BYTES])) or "utf-8"
    candidates = ["utf-8", *(codec for _, codec in declared), guess, "gb18030"]
    return min(
        (_replacing(body, codec, how) for codec in candidates),
        key=lambda decoded: decoded.text.count("\ufffd"),
    )
