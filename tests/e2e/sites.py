"""Small sites written to a folder, for tests that need many pages of a known kind."""

from pathlib import Path

OFFER = (
    "我校区秋季小学数学、语文、英语同步提高班开始报名，每周六上午九点到十一点半上课，"
    "一次交清全年学费9800元，咨询电话0471-5550000。"
)
PLAIN = "本馆周二至周日开放，读者凭证借阅，每人可借五册，借期三十天，逾期请尽快归还。"


def write_site(folder: Path, *, pages: int) -> Path:
    """Write a site of `pages` pages that link in a ring with shortcuts; every fifth offers."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(pages):
        links = "".join(
            f"<a href='/{(number + step) % pages}.html'>第{(number + step) % pages}页</a> "
            for step in (1, 2, 7)
        )
        words = OFFER if number % 5 == 0 else PLAIN
        page = (
            f"<html><head><meta charset='utf-8'><title>第{number}页</title></head><body>"
            f"<h1>第{number}页</h1><p>编号{number}。{words * 3}</p><p>{links}</p></body></html>"
        )
        (folder / f"{number}.html").write_text(page, encoding="utf-8")
    (folder / "index.html").write_text((folder / "0.html").read_text(encoding="utf-8"))
    return folder
