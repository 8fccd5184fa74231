"""`jianwei user`: who works here."""

import json
import sys

import click

from audit.choices import Role
from audit.cli.queue_table import cut
from audit.cli.setup import open_database


@click.group(name="user")
def user_command() -> None:
    """Add and list users."""


@user_command.command(name="add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(Role.values), help="What they may do.")
@click.option("--region", default="", help="Region code; without it, everywhere.")
@click.option("--grant", "grants", multiple=True, help="A further region code.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add_command(
    name: str,
    *,
    role: str,
    region: str,
    grants: tuple[str, ...],
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add a user. The password is random and printed once, unless it is read from stdin.

    At the desk a random password must be changed before anything else.
    """
    open_database(create=True)
    from audit.accounts import create_user

    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password = create_user(
        name,
        role=role,
        region=region,
        grants=grants,
        password=given,
        must_change=given is None,
    )
    values = {"name": name, "role": role, "region": region, "grants": list(grants)}
    if given is None:
        values["password"] = password
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    scope = "、".join([region or "全部地区", *grants])
    click.echo(f"已添加用户 {name}（{Role(role).label}，{scope}）")
    if given is None:
        click.echo(f"口令（只显示这一次）：{password}")


@user_command.command(name="password")
@click.argument("name")
def password_command(name: str) -> None:
    """Give a user a new random password, printed once; their sessions end."""
    open_database()
    from audit.accounts import reset_password

    click.echo(f"{name} 的新口令（只显示这一次）：{reset_password(name)}")


@user_command.command(name="off")
@click.argument("name")
def off_command(name: str) -> None:
    """Switch an account off; it can no longer sign in or act. Past acts stay."""
    open_database()
    from audit.accounts import set_active

    set_active(name, active=False)
    click.echo(f"已停用用户 {name}")


@user_command.command(name="on")
@click.argument("name")
def on_command(name: str) -> None:
    """Switch an account on again."""
    open_database()
    from audit.accounts import set_active

    set_active(name, active=True)
    click.echo(f"已启用用户 {name}")


@user_command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(*, as_json: bool) -> None:
    """List the users with their roles and regions."""
    open_database()
    from audit.database import read
    from audit.models import User

    users = read(lambda: list(User.objects.order_by("username")))
    if as_json:
        rows = [
            {
                "name": user.username,
                "role": user.role,
                "region": user.region,
                "grants": user.grants,
                "active": user.is_active,
            }
            for user in users
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for user in users:
        scope = "、".join([user.region or "全部地区", *user.grants])
        state = "" if user.is_active else "　已停用"
        click.echo(f"{cut(user.username, 30)}　{Role(user.role).label}　{cut(scope, 40)}{state}")
    if not users:
        click.echo("还没有用户。用 jianwei user add 添加。")
