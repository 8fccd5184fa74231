"""The Chinese words of the event log: acts, objects, and what their details say."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from audit.case_law import zh_of
from audit.choices import Conclusion, Note, Role, State
from audit.logs import mask_contacts
from audit.models.operations import Schedule
from audit.transitions import load_transitions

SYSTEM = "system"
_OTHER = "其他操作"
# What is written besides the acts on a case that `transitions.yml` names.
_ACTIONS = {
    "case.open": "生成案件",
    "case.add": "并入新发布的广告",
    "case.note": "标注变化",
    "case.reopen": "重新打开",
    "personal.open": "查看个人信息",
    "user.add": "添加用户",
    "user.password": "更换密码",
    "user.on": "启用账号",
    "user.off": "停用账号",
    "user.sign_in": "登录",
    "user.sign_out": "退出",
    "site_added": "添加站点",
    "site_replaced": "修改站点",
    "schedule_set": "设置抓取计划",
    "crawl_requested": "发起抓取",
    "trial_requested": "发起试抓",
    "stop_requested": "要求停止抓取",
    "evidence.head": "登记存证链",
    "log.verify": "校验日志",
}
OBJECTS = {
    "case": "案件",
    "ad": "广告",
    "user": "用户",
    "site": "站点",
    "job": "任务",
    "evidence_chain": "存证链",
    "log": "日志",
}


@cache
def actions() -> Mapping[str, str]:
    """Return the words of every act that is written."""
    on_cases = {f"case.{row.name}": row.zh for row in load_transitions().actions.values()}
    return {**on_cases, **_ACTIONS}


def action_zh(action: str) -> str:
    return actions().get(action, _OTHER)


def object_zh(object_type: str) -> str:
    return OBJECTS.get(object_type, "对象")


def actor_zh(actor: str) -> str:
    return "系统" if actor == SYSTEM else actor


def _choice(words: Any) -> Callable[[Any], str]:
    return lambda value: str(words(value).label) if value in words.values else "—"


def _labels(value: Any) -> str:
    return "、".join(zh_of(label) for label in value)


def _yes(value: Any) -> str:
    return "是" if value else "否"


def _joined(value: Any) -> str:
    return "、".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _prose(value: Any) -> str:
    return mask_contacts(str(value))


# Key of the details: its word, and how its value is said. Other keys are in the raw record only.
_DETAILS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("用户名", str),
    "role": ("角色", _choice(Role)),
    "from": ("原状态", _choice(State)),
    "to": ("现状态", _choice(State)),
    "state": ("案件状态", _choice(State)),
    "conclusion": ("结论", _choice(Conclusion)),
    "note": ("标注", _choice(Note)),
    "reason": ("理由", _prose),
    "assigned_to": ("指派给", str),
    "region": ("地区", str),
    "ads": ("广告数", lambda ads: str(len(ads))),
    "new_labels": ("新增标签", _labels),
    "lost_labels": ("不再有的标签", _labels),
    "grants": ("另管地区", _joined),
    "run_id": ("运行编号", str),
    "cron": ("计划", str),
    "missed": ("错过时", _choice(Schedule.Missed)),
    "overlap": ("重叠时", _choice(Schedule.Overlap)),
    "jitter_seconds": ("错开秒数", str),
    "enabled": ("启用", _yes),
    "seq": ("序号", str),
    "checked": ("已校验条数", str),
    "holds": ("完好", _yes),
    "broken": ("问题", str),
}


def details_zh(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say the details that have words; empty ones are left out."""
    for key, (zh, say) in _DETAILS.items():
        value = details.get(key)
        if value not in (None, "", [], {}):
            yield zh, say(value)
