"""The Chinese words of the search: facets, orders, states. Needs no database."""

from audit.choices import State
from audit.region_names import region_zh
from classifier.labels import load_labels

SORTS = {"relevance": "相关", "risk": "风险", "time": "时间"}
FACET_NAMES = {
    "offerings": "培训性质",
    "subjects": "学科",
    "disguises": "变异形式",
    "violations": "违规情形",
    "region": "地区",
    "site": "站点",
    "host": "网站",
    "status": "案件状态",
    "month": "月份",
}
CONTACT_KINDS = {"phone": "电话", "wechat": "微信", "qq": "QQ 号", "mail": "邮箱"}


def facet_word(facet: str, value: str) -> str:
    """Say a facet's value, as far as there are words for it."""
    known = load_labels()
    if facet == "status":
        return status_word(value)
    if facet == "region":
        return region_zh(value)
    return known.zh(value) if value in known else value


def status_word(status: str) -> str:
    """Say the state of an ad's case."""
    return str(State(status).label) if status in State.values else "无案件"
