"""Read school grades and ages.

Grades are `preschool`, `primary`, `primary-1` to `primary-6`, `junior`, `junior-0` (预初) to
`junior-3`, `senior`, `senior-1` to `senior-3`, and `k12` for the whole school age.
"""

import re
from collections.abc import Iterator

from classifier.numerals import number, plain
from classifier.regions import matches_near
from classifier.stated import Stated

N = "一二三四五六七八九1-9"
SPAN = r"\s?(?:[-~至到]|--)\s?"
STAGE = "小学|初中|高中|小|初|高"
YEARS = (
    rf"(?=[小初高新{N}])(?P<stage>小学|初中|高中)?新?"
    rf"(?P<low>[{N}])(?:{SPAN}(?P<high>[{N}])|[、,/]?(?P<also>[{N}]))?(?:年级|年j)"
)
SHORT = (
    rf"(?P<stage>{STAGE})(?P<low>[一二三四五六1-6]|i{{1,3}})"
    rf"(?:{SPAN}(?P<to>{STAGE})?(?P<high>[一二三四五六1-6])(?![\d年月]))?"
    r"(?![\d.,:月日年点个节对位名升人次把块元条步件科门套步路号期批]|方|\s?v|\s?[-~至到]\s?[一-九\d]年级)"
)
RISE = r"(?P<low>[一二三四五六七八九1-9])升(?P<high>[一二三四五六七八九2-9]|初一|高一)(?!\w?旗)"
AMERICAN = re.compile(
    r"g(?<![a-z0-9]g)(?:rade\s?)?(?P<low>1[0-2]|[1-9])(?:\s?-\s?g?(?P<high>1[0-2]|[1-9]))?(?![\da-z%])"
)
STAGES = re.compile(
    r"(?=[幼学大中k小初预高])(?:(?P<preschool>幼儿园|学龄前|学前班|学前儿童|幼小衔接|幼升小|幼儿|大班(?![课教制授直额])(?=幼|升|宝|孩|生|的|家|小|年龄|[,、。\s]|$)|中班(?=幼|升|宝|孩|[,、/大小])|k[123](?=幼|班))"
    r"|(?P<k12>k-?12|k-?9|小初高|幼小初高|中小学)"
    r"|(?P<sixth>小升初)|(?P<ninth>初升高|中考)|(?P<prep>预初|预备班)"
    r"|(?P<primary>小学(?!期)|小奥)|(?P<junior>初中)|(?P<senior>高中|高考))"
)
STAGE_VALUES = {"sixth": "primary-6", "ninth": "junior-3", "prep": "junior-0"}
SIGNS = re.compile("年级|年j|[小初高][学中]?[一二三四五六1-6i]|升")
STAGE_OF = {"小学": 0, "小": 0, "初中": 6, "初": 6, "高中": 9, "高": 9}
# 初四 exists where primary school has five years.
LAST_OF_STAGE = {0: 6, 6: 4, 9: 3}
ROMAN = {"i": 1, "ii": 2, "iii": 3}
LAST_YEAR = 12


def grades(text: str) -> Iterator[Stated]:
    """Find grades; a range gives each grade in it."""
    for match in matches_near(YEARS, text, SIGNS, before=10, after=10):
        stage = STAGE_OF.get(match["stage"] or "", 0)
        low = _year(match["low"]) + stage
        high = _year(match["high"] or match["low"]) + stage
        yield from _each(match, low, high)
        if match["also"]:
            yield from _each(match, *(2 * (_year(match["also"]) + stage,)))
    for match in matches_near(SHORT, text, SIGNS, before=2, after=12):
        yield from _short(text, match)
    for match in matches_near(RISE, text, SIGNS, before=2, after=4):
        yield from _each(match, *(2 * (_year(match["high"]),)))
    for match in AMERICAN.finditer(text):
        low = int(match["low"])
        yield from _each(match, low, int(match["high"] or low))
    for match in STAGES.finditer(text):
        group = str(match.lastgroup)
        yield Stated("grade", STAGE_VALUES.get(group, group), match.start(), match.end())


def _short(text: str, match: re.Match[str]) -> Iterator[Stated]:
    """Read 初二, 小学三, 初三至高一."""
    stage = STAGE_OF[match["stage"]]
    low = _year(match["low"])
    if low <= LAST_OF_STAGE[stage] and not _is_other_word(text, match):
        high = (
            _year(match["high"]) + STAGE_OF[match["to"] or match["stage"]] if match["high"] else 0
        )
        yield from _each(match, low + stage, high)


def _is_other_word(text: str, match: re.Match[str]) -> bool:
    """最高一, 大小一 and 当初一 are no grades; 提高一 and 减小三 neither."""
    is_short = len(match["stage"]) == 1
    return is_short and text[max(0, match.start() - 1) : match.start()] in tuple(
        "最提大减当起较很增更缩不至从年拔太升身"
    )


def _year(text: str) -> int:
    if text in ("初一", "高一"):
        return 7 if text == "初一" else 10
    return ROMAN.get(text) or int(number(text) or 0)


def _each(match: re.Match[str], low: int, high: int) -> Iterator[Stated]:
    for year in range(low, max(low, min(high, LAST_YEAR)) + 1):
        if 1 <= year <= LAST_YEAR:
            yield Stated("grade", _name(year), match.start(), match.end())


def _name(year: int) -> str:
    if year <= 6:
        return f"primary-{year}"
    return f"junior-{year - 6}" if year <= 9 else f"senior-{year - 9}"


AGE_NUMBER = r"(?:(?<![\d.])\d{1,2}(?:\.5)?|十?[一二三四五六七八九]|十)"
AGES = (
    rf"(?P<low>{AGE_NUMBER})\s?(?:周?岁)?(?P<half_low>半)?\s?(?:-|~|至|到)+\s?(?P<high>{AGE_NUMBER})\s?周?岁(?P<half_high>半)?"
    rf"|(?P<age>{AGE_NUMBER})\s?周?岁(?P<half>半)?(?!月)"
)
AGE_SIGNS = re.compile("岁")


def ages(text: str) -> Iterator[Stated]:
    """Find ages in years: `5`, `5.5`, or a range `3-6`."""
    for match in matches_near(AGES, text, AGE_SIGNS, before=14, after=2):
        if match["age"]:
            value = _age(match["age"], match["half"])
        else:
            low, high = (
                _age(match["low"], match["half_low"]),
                _age(match["high"], match["half_high"]),
            )
            value = f"{low}-{high}"
        yield Stated("age", value, match.start(), match.end(), "year")


def _age(text: str, half: str | None) -> str:
    return plain((number(text) or 0) + (0.5 if half else 0))
