"""Read names of teachers and institutions, credit codes and licence numbers."""

import re
from collections.abc import Iterator

from classifier.regions import compiled, matches_near
from classifier.stated import Stated

# The two hundred commonest surnames (household register, 2020) without those that are mostly
# other words before 老师 (任, 高, 常 are kept and checked by what stands before them).
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾肖田董袁潘蒋蔡余杜叶程苏"
    "魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严赖覃洪武莫孔汤向常温康施牛樊葛邢安齐易乔庞颜庄聂章鲁岳翟殷詹申耿关兰焦俞左柳甘祝包"
    "宁尚符舒阮柯纪梅童凌毕季裴霍涂苗谷盛曲翁冉骆蓝游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆"
    "农司卓古吉缪简芦麦褚娄窦戚岑党宫卜冷晏席卫米柏宗瞿桂佟臧闵苟邬边卞姬仇栾隋刁沙荣巫寇桑郎"
    "甄丛仲虞敖巩明佘查麻苑迟邝官匡鞠惠荆冀郁胥南栗燕楚鄢劳谌奚皮粟冼蔺楼厉伊"
)
COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|端木|南宫"
TITLES = (
    r"(?:老师|教师|教练|外教|校长|园长|主任|女士|先生|同学|总监|经理|班主任|教授|阿姨"
    r"|姐(?![妹姐弟])|哥(?!哥))"
)
PERSON = rf"(?P<name>(?:{COMPOUND}|[{SURNAMES}])(?:[一-龥]{{1,2}}?)?){TITLES}"
TITLE_SIGNS = re.compile(TITLES)
# A name begins the sentence, or follows one of these.
BEFORE_NAME = frozenset('由请找问与及跟给是的联系人加向听和、,。:;!?(（\n \t-—|/·【]》>"“')
NOT_GIVEN = re.compile(
    "[的了是在和与或及等各位名优好新全每任课专业高级特骨干外聘主讲兼职在职年级一二三问谢于]"
)
# Ordinary words that begin like a surname.
NOT_NAMES = frozenset(("明星", "华人", "温馨", "关心", "万千", "江苏", "安徽", "云南", "贵州"))


def people(text: str) -> Iterator[Stated]:
    """Find a surname, with or without a given name, before a title; the value keeps both."""
    end = 0
    for match in matches_near(PERSON, text, TITLE_SIGNS, before=4, after=0):
        before = text[match.start() - 1] if match.start() else "\n"
        given = match["name"][1:]
        if match.start() < end or before not in BEFORE_NAME or NOT_GIVEN.search(given):
            continue
        if match["name"] not in NOT_NAMES:
            end = match.end()
            yield Stated("person", match[0], match.start(), end)


SUFFIXES = (
    r"(?:有限责任公司|股份有限公司|有限公司|培训学校|培训中心|教育中心|学习中心|辅导中心|艺术中心|托管中心|教育咨询|"
    r"教育集团|教育科技|国际教育|少儿英语|工作室|辅导班|托管班|教育(?![局部厅科委体工资事基专培机学法行系质理管网方部孩之的质与和])|"
    r"画室|书院|学堂|学苑|幼儿园|少年宫|实验学校|双语学校|外国语学校|中学(?![生段阶老教])|小学(?![生段阶老教一二三四五六期])|学校(?![的老教里组门内外食放作同要生])|学院|大学(?![生])|研究院)"
)
INSTITUTION = rf"(?P<name>[一-龥a-z0-9()·]{{2,24}}?){SUFFIXES}"
SUFFIX_SIGNS = re.compile(SUFFIXES)
# A name does not run back over these: 位于…, 欢迎来…, 录取…; 和 is part of some place names.
NAME_CUT = (
    r"^.*(?:[在由到从与及的是向对为了让给去把被我你他她它们各某本该其每这那有哪]|和(?![浩平田县睦谐])"
    r"|欢迎来|欢迎|关于|来自|录取|考入|考上|升入|孩子上|子女上|双一流|年度|毕业于|就读|任教于|位于|选择|走进"
    r"|所谓|校外|所有|许多|一家|一所|一个|很多|不少|全国|其他|重点|公办|民办|优质|专业)"
)
# What kind of schooling or school it is, not whose.
GENERIC = (
    r"(?:校外|课外|家庭|职业|基础|学前|国际|素质|素养|义务|高等|继续|成人|民办|公办|在线|教育|培训|中小|全市|高级|"
    r"普通|重点|学科类|幼儿|早期|艺术|特殊|思想|劳动|老年|主题|开放|智慧|国防|心理|生命|安全|法制|法治|品德|德育|美育|"
    r"体育|科学|传统|通识|英语|远程|网络|高中|初中|小学|大学|全民|终身|家校|双语|中国|我国|国内|国外|海外|农村|乡村|亲子|公立|名牌|英国|美国|技工|个别|考研|"
    r"城乡|优质|公平|西部|革命|爱国主义|文化|寄宿|姊妹|中职|高职|主考|双语|外国语|师范|进修|专业|本科|理想|心仪|目标|"
    r"不同|各类|各级|多所|几所|两所|三所|知名|著名|顶尖|世界|民族|社区|健康|环保|创新|双减|接受|学校|实施|推进|加强|"
    r"开展|重视|发展|现代|未来|学历|非学历|义务制|个性化|精英|启蒙|情感|挫折|感恩|励志|性)+$"
)
LEAST_NAME_CHARS = 2

CREDIT_CODE = re.compile(
    r"(?<![0-9a-z])[0-9a-hj-npqrtuwxy]{2}\d{6}[0-9a-hj-npqrtuwxy]{10}(?![0-9a-z])"
)
CODE_CHARACTERS = "0123456789abcdefghjklmnpqrtuwxy"
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
LICENCE = re.compile(r"教民\s?(?P<number>\d{14,16})\s?号?")


def institutions(text: str) -> Iterator[Stated]:
    """Find names of firms and schools (value: the name), `uscc:…` codes and `licence:…` numbers."""
    for match in matches_near(INSTITUTION, text, SUFFIX_SIGNS, before=24, after=0):
        name = match["name"]
        cut = compiled(NAME_CUT).match(name)
        start = match.start() + (cut.end() if cut else 0)
        own = text[start : match.end("name")]
        if len(own) >= LEAST_NAME_CHARS and not _is_generic(
            own, text[match.end("name") : match.end()]
        ):
            end = _whole_suffix(text, match.end())
            yield Stated("institution", text[start:end], start, end)
    for match in CREDIT_CODE.finditer(text):
        if is_credit_code(match[0]):
            yield Stated("institution", f"uscc:{match[0].upper()}", match.start(), match.end())
    for match in LICENCE.finditer(text):
        yield Stated("institution", f"licence:{match['number']}", match.start(), match.end())


def _is_generic(own: str, suffix: str) -> bool:
    """Tell a kind from a name: 劳动教育, 名牌大学; but 启林教育 + 培训学校 is a name."""
    kind = compiled(GENERIC).search(own)
    return kind is not None and (suffix == "教育" or kind.start() == 0)


def _whole_suffix(text: str, end: int) -> int:
    """Go on over a second suffix: 培训学校 + 有限公司."""
    further = SUFFIX_SIGNS.match(text, end)
    return further.end() if further else end


def is_credit_code(code: str) -> bool:
    """Check the last character of a unified social credit code (GB 32100-2015), lower case."""
    values = [CODE_CHARACTERS.find(character) for character in code]
    total = sum(value * weight for value, weight in zip(values, CODE_WEIGHTS, strict=False))
    return len(code) == 18 and -1 not in values and (31 - total % 31) % 31 == values[-1]
