"""What every command that touches rows does first."""

import os

from audit import config, logs


def open_logs() -> None:
    """Send logs to stderr and to the data folder's log file, with secrets masked."""
    values = config.read_settings().values()
    secrets = frozenset(str(v.value) for v in values if v.setting.secret and v.value)
    folder = config.data_folder() / "logs"
    if config.data_folder().is_dir():
        folder.mkdir(exist_ok=True)
    logs.configure(config.get("log_level"), folder=folder, secrets=secrets)


def open_database(*, create: bool = False) -> None:
    """Configure logs and Django and, with `create`, bring the tables up to date.

    Raises:
        StoreError: the database does not answer, or its tables are missing or old.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    if create:
        config.data_folder().mkdir(parents=True, exist_ok=True)
    open_logs()
    import django

    django.setup()
    from audit.database import ensure_ready

    ensure_ready(create=create)
