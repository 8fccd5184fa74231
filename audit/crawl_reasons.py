"""Why the crawler skipped or failed a URL, for people."""

# reason: (Chinese for tables, English for error lines)
_REASONS = {
    "bad_address": ("网址无效", "not a web address"),
    "bad_redirect": ("跳转地址无效", "redirects to something that is no web address"),
    "bad_response": ("应答不是 HTTP", "the answer is not HTTP"),
    "blocked_address": ("地址不在公网", "the address is not on the public network"),
    "connection_lost": ("连接中断", "the connection was lost"),
    "connection_refused": ("拒绝连接", "the connection was refused"),
    "cut_body": ("正文不完整", "the answer was cut short"),
    "depth_cap": ("层级超限", "too many links from the start"),
    "document": ("非网页文件", "not a page"),
    "error": ("其他错误", "an error of another kind"),
    "no_connection": ("无法连接", "no connection"),
    "no_such_host": ("域名不存在", "no such host"),
    "over_cap": ("页面过大", "the page is larger than the cap"),
    "page_cap": ("页数达上限", "the cap of pages was reached"),
    "redirect": ("跳转", "redirects to another page"),
    "redirect_loop": ("跳转循环", "redirects in a circle"),
    "redirect_offsite": ("跳到站外", "redirects outside the allowed domains"),
    "robots": ("robots.txt 禁止", "robots.txt forbids it"),
    "robots_unreachable": ("robots.txt 无法取得", "robots.txt could not be had"),
    "stopped": ("运行中止", "the run was stopped"),
    "time_cap": ("时间达上限", "the cap of time was reached"),
    "timeout": ("超时", "no answer in time"),
    "tls_error": ("证书或加密连接错误", "TLS error"),
    "too_many_redirects": ("跳转过多", "redirects too often"),
    "trap": ("无尽链接", "a trap"),
}
_STATUSES = {
    "401": "需要登录",
    "403": "拒绝访问",
    "404": "页面不存在",
    "410": "页面已删除",
    "429": "要求放慢访问",
    "500": "网站内部错误",
    "502": "网关错误",
    "503": "暂停服务",
    "504": "网关超时",
}


def in_chinese(reason: str) -> str:
    """Return what a reason of the ledger means, in Chinese; an unknown one as it is."""
    if reason.startswith("http_"):
        status = reason.removeprefix("http_")
        return f"HTTP {status} {_STATUSES.get(status, '')}".rstrip()
    return _REASONS.get(reason, (reason, ""))[0]


def in_english(reason: str) -> str:
    """Return what a reason of the ledger means, in English."""
    status = reason.removeprefix("http_")
    return _REASONS.get(reason, ("", f"HTTP status {status}"))[1]
