"""Help of the queue's commands, told from the table of transitions."""

from audit.transitions import load_transitions


def help_of(action: str) -> str:
    """Say what the action does, who may do it, in which states and under what conditions."""
    table = load_transitions()
    row = table.actions[action]
    lines = [f"{row.help} （{row.zh}）", "", f"Roles: {', '.join(row.who)}."]
    if len(row.origins) < 6:
        target = f" It becomes {' or '.join(row.targets)}." if row.targets else ""
        lines += ["", f"The case must be {' or '.join(row.origins)}.{target}"]
    lines += ["", "Conditions:", "", "\b"]
    lines += [f"- {table.conditions[name]}" for name in row.conditions]
    return "\n".join(lines)
