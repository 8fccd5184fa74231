"""Read numbers as people write them: 1,280 · 1.98万 · 两千五 · 一万二 · 三百二十."""

DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, *range(3, 10)), strict=True))
DIGITS |= dict(zip("幺壹贰叁肆伍陆柒捌玖", (1, *range(1, 10)), strict=True))
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000}
UNITS |= {"万": 10_000, "w": 10_000}
HAN = "零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟"
# At most twelve digits or nine Han numerals: longer ones are no fee and no count.
ARABIC = r"(?<![\d.])\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,2})?|(?<![\d.])\d{1,7}(?:\.\d{1,2})?"
HAN_NUMBER = rf"(?<![{HAN}])[{HAN}]{{1,9}}(?![{HAN}])"


def number(text: str) -> float | None:
    """Give the value, or None where the text is no number."""
    compact = text.replace(",", "").replace(" ", "")
    if compact.isascii() and compact.replace(".", "", 1).isdigit():
        return float(compact)
    try:
        return _mixed(compact)
    except ValueError:
        return None


def _mixed(text: str) -> float | None:
    """Read digits and units; a last digit without unit counts tenths of the last unit (一万二)."""
    total = section = 0.0
    current = ""
    last_unit = 0
    for character in text:
        if character in "0123456789.":
            current += character
        elif character in DIGITS:
            if current and last_unit == 0 and len(text) > 1 and not _has_unit(text):
                current += str(DIGITS[character])
            else:
                current = str(DIGITS[character])
                last_unit = 0 if character in "零〇" else last_unit
        elif character in UNITS:
            unit = UNITS[character]
            if unit == 10_000:
                value = section + float(current or (0 if section else 1))
                total, section = total + value * unit, 0.0
            else:
                section += float(current or 1) * unit
            current, last_unit = "", unit
        else:
            return None
    if current in ("", "."):
        return total + section if last_unit else None
    tail = float(current)
    if last_unit >= 100 and len(current) == 1:
        tail *= last_unit / 10
    return total + section + tail


def _has_unit(text: str) -> bool:
    return any(character in UNITS for character in text)


def plain(value: float) -> str:
    """Write a number without needless zeros."""
    return str(int(value)) if value == int(value) else f"{value:.2f}".rstrip("0")
