"""One spelling per web address: what the seen set, ad ids and evidence look-ups compare.

The rules follow the WHATWG URL standard where a browser would rewrite the address anyway, and
go beyond it only where two spellings always mean one page: fragments, session ids and the
parameters that sharing and advertising tools append. Anything that may choose content stays.
"""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from crawler.errors import CrawlerError

VERSION = 1  # raise it when one URL may come out differently: ad ids depend on it

MAX_URL_CHARS = 8192  # longer addresses are traps or data smuggled in; servers refuse them too
_DEFAULT_PORTS = {"http": 80, "https": 443}

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Escaped beyond the standard's sets: what wget or Scrapy escape on the wire, so that one page
# saved by either has one address.
_UNSAFE_IN_PATH = re.compile(r"[^!$&-;=@A-Z_a-z~%]")
_UNSAFE_IN_QUERY = re.compile(r"[^!$&(-;=?@A-Z_a-z~%]")
_HOST_REFUSED = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")

# An address that needs no rewriting, only a look at its parameters: most links of most pages.
# Ports that may be a default one, and WeChat, take the long way.
_PLAIN = re.compile(
    r"https?://[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?(?::(?!80/|443/)[1-9]\d{0,3}|:[1-5]\d{4})?"
    r"/[!$&-:=@A-Z_a-z~]*(?:\?([!$&(-:;=?@A-Z_a-z~]+))?"
)
# A path, of a folder or of the root, that only has to be put behind its base.
_PLAIN_REFERENCE = re.compile(
    r"/(?:[!$&-.0-:=@A-Z_a-z~][!$&-:=@A-Z_a-z~]{0,2000})?|[0-9A-Z_a-z~-][!$&-9=@A-Z_a-z~]{0,2000}"
)
_BLANKS = "".join(map(chr, range(33)))  # C0 controls and the space
_MARKED = re.compile(r"[\t\n\r\\]")
_LINE_MARKS = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_SESSION_WORDS = "phpsessid jsessionid asp.net_sessionid cfid cftoken sessionid session_id"
_TRACKING_WORDS = (
    "spm scm gclid gbraid wbraid dclid fbclid msclkid yclid ttclid igshid mc_cid mc_eid _hsenc "
    "_hsmi bd_vid qhclickid sogou_vid hmsr hmpl hmcu hmkw hmci vd_source from_spmid "
    "isappinstalled mpshare nsukey wxshare_count wxfid share_token share_source share_medium "
    "share_from share_id shareid share_uid share_tag share_session_id xhsshare xsec_source"
)
_TRACKING_NAMES = frozenset(f"{_SESSION_WORDS} {_TRACKING_WORDS}".split())
_TRACKING_PREFIXES = ("utm_", "aspsessionid", "sharer_")
# `from` is dropped only where its value names the channel a reader came by; `from=10` pages.
_CHANNEL_WORDS = (
    "timeline groupmessage singlemessage message appmsg weixin wechat wx qq qzone weibo sina "
    "baidu toutiao douyin share qrcode scan search index home list menu nav banner sitemap app "
    "pc h5 wap mobile"
)
_CHANNELS = frozenset(_CHANNEL_WORDS.split())
# WeChat articles are chosen by these four; all else in the query is about who shared it where.
_WEIXIN_HOST = "mp.weixin.qq.com"
_WEIXIN_NAMES = frozenset({"__biz", "mid", "idx", "sn"})


def canonical_url(url: str, base: str | None = None) -> str:
    """Return the one spelling of `url`, resolved against `base` when given.

    Raises:
        CrawlerError: not an http(s) address, or one that no browser would open.
    """
    if base is not None:
        if _PLAIN_REFERENCE.fullmatch(url) and "/." not in url:
            _, origin, folder = _base_pieces(base)
            return origin + url if url[0] == "/" else origin + folder + url
        url = _join(base, url)
    if _is_plain(url):
        return url
    parts = _split(url)
    host = _host(parts, url)
    port = _port(parts, url)
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    path = _path(parts.path)
    query = _query(parts.query, host=host, path=path)
    canonical = f"{parts.scheme}://{shown_host}{shown_port}{path}" + (f"?{query}" if query else "")
    if len(canonical) > MAX_URL_CHARS:
        raise _refused(url, f"expected at most {MAX_URL_CHARS} characters, got {len(canonical)}")
    return canonical


def _is_plain(url: str) -> bool:
    match = _PLAIN.fullmatch(url)
    if match is None or "/." in url or _WEIXIN_HOST in url or len(url) > MAX_URL_CHARS:
        return False
    query = match.group(1)
    return query is None or not any(not p or _is_tracking(p) for p in query.split("&"))


def host_port(url: str) -> tuple[str, int]:
    """Return the canonical host (IPv6 without brackets) and the port, the default one filled in.

    Raises:
        CrawlerError: see `canonical_url`.
    """
    parts = _split(url)
    return _host(parts, url), _port(parts, url)


def _refused(url: str, why: str) -> CrawlerError:
    return CrawlerError(f"URL {url[:200]!r}: {why}. Use an absolute http or https address.")


@lru_cache(maxsize=64)
def _base_pieces(base: str) -> tuple[str, str, str]:
    """Return scheme, origin and folder (from slash to slash) of a base address."""
    parts = urlsplit(canonical_url(base))
    return parts.scheme, f"{parts.scheme}://{parts.netloc}", parts.path[: parts.path.rfind("/") + 1]


def _join(base: str, reference: str) -> str:
    """Resolve a reference (RFC 3986, 5.2); dot segments are left to `_path`."""
    reference = _cleaned(reference)
    if _SCHEME.match(reference):
        return reference
    scheme, origin, folder = _base_pieces(base)
    if reference.startswith("//"):
        return f"{scheme}:{reference}"
    if reference.startswith("/"):
        return origin + reference
    if reference.startswith("?"):
        return canonical_url(base).partition("?")[0] + reference
    if not reference or reference.startswith("#"):
        return base
    return origin + folder + reference


def _cleaned(url: str) -> str:
    url = url.strip(_BLANKS)
    return _slashes_forward(url.translate(_LINE_MARKS)) if _MARKED.search(url) else url


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_CHARS:
        raise _refused(url, f"expected at most {MAX_URL_CHARS} characters, got {len(url)}")
    try:
        parts = urlsplit(_cleaned(url))
    except ValueError as error:
        raise _refused(url, f"not a valid address ({error})") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused(url, f"expected scheme http or https, got {parts.scheme or 'none'}")
    return parts


def _slashes_forward(url: str) -> str:
    """Turn back-slashes before the query into slashes, as browsers do for web addresses."""
    end = min((at for at in (url.find("?"), url.find("#")) if at >= 0), default=len(url))
    return url[:end].replace("\\", "/") + url[end:]


def _host(parts: SplitResult, url: str) -> str:
    bare = parts.netloc.rpartition("@")[2]
    if bare.startswith("["):
        try:
            return ipaddress.IPv6Address(bare[1:].partition("]")[0]).compressed
        except ValueError as error:
            raise _refused(url, f"not an IPv6 address ({error})") from error
    host = unquote(bare.partition(":")[0], errors="replace").lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise _refused(url, f"not a valid host name ({error})") from error
    host = host.rstrip(".")
    if not host or len(host) > 253 or _HOST_REFUSED.search(host):
        raise _refused(url, f"expected a host name, got {host[:80]!r}")
    return host


def _port(parts: SplitResult, url: str) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise _refused(url, f"not a valid port ({error})") from error
    if port == 0:
        raise _refused(url, "expected a port from 1 to 65535, got 0")
    return _DEFAULT_PORTS[parts.scheme] if port is None else port


def _escape_sequence(match: re.Match[str]) -> str:
    digits = match.group(1)
    if digits is None:
        return "%25"
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def _escape_character(match: re.Match[str]) -> str:
    encoded = match.group().encode("utf-8", errors="replace")
    return "".join(f"%{byte:02X}" for byte in encoded)


def _normal_escapes(text: str, unsafe: re.Pattern[str]) -> str:
    """Bring %-escapes to one form without decoding: the bytes may be of any charset."""
    if "%" in text:
        text = _ESCAPE.sub(_escape_sequence, text)
    return unsafe.sub(_escape_character, text)


def _path(raw: str) -> str:
    path = _normal_escapes(raw, _UNSAFE_IN_PATH)
    if ";" in path:
        path = _PATH_SESSION.sub("", path)
    if "/." not in path:
        return path if path.startswith("/") else f"/{path}"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
            continue
        if number == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def _query(raw: str, *, host: str, path: str) -> str:
    if not raw:
        return ""
    pieces = [piece for piece in _normal_escapes(raw, _UNSAFE_IN_QUERY).split("&") if piece]
    if host == _WEIXIN_HOST and (path == "/s" or path.startswith("/s/")):
        return "&".join(piece for piece in pieces if piece.partition("=")[0] in _WEIXIN_NAMES)
    return "&".join(piece for piece in pieces if not _is_tracking(piece))


def _is_tracking(piece: str) -> bool:
    name, _, value = piece.partition("=")
    name = name.lower()
    return (
        name in _TRACKING_NAMES
        or name.startswith(_TRACKING_PREFIXES)
        or (name == "from" and value.lower() in _CHANNELS)
    )
