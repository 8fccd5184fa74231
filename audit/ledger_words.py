"""What the crawler writes about a run, in Chinese: outcomes and warnings."""

import re

from audit.crawl_reasons import in_chinese

OUTCOMES_ZH = {
    "found": "发现",
    "fetched": "已抓取",
    "unchanged": "未变化",
    "skipped": "跳过",
    "failed": "失败",
}
RUN_OUTCOMES_ZH = {"running": "进行中", "done": "完成", "stopped": "已停止", "failed": "失败"}

_WARNINGS_ZH = (
    (
        re.compile(
            r"(?:(?P<site>[^:\s]+): )?(?P<host>\S+): robots\.txt could not be had \((?P<why>\w+).*"
        ),
        "{host} 的 robots.txt 取不到（{why}），该网站未抓取。",
    ),
    (
        re.compile(r"(?:(?P<site>[^:\s]+): )?(?P<host>\S+): robots\.txt asks for (?P<n>\d+) sec.*"),
        "{host} 的 robots.txt 要求每页间隔 {n} 秒，已照办，本次抓取会较慢。",
    ),
    (
        re.compile(r"(?P<site>\S+): render: \w+ is not built yet.*"),
        "{site} 声明了浏览器渲染，目前尚不支持，页面按原样抓取。",
    ),
    (
        re.compile(r"evidence repaired: .*"),
        "上次抓取意外中断，留下的存证文件已截至最后一条完整记录。",
    ),
)
OTHER_WARNING = "抓取程序记录了一条警告，内容见原文，请管理员查看。"


def warning_zh(warning: str) -> str:
    """Return a run's warning in words; `OTHER_WARNING` where only the original tells it."""
    for pattern, words in _WARNINGS_ZH:
        if match := pattern.fullmatch(warning):
            parts = match.groupdict()
            if "why" in parts:
                parts["why"] = in_chinese(parts["why"])
            return words.format(**parts)
    return OTHER_WARNING
