"""What every command that touches rows does first."""

import os

from audit import config, logs


def open_database(*, create: bool = False) -> None:
    """Configure Django and, with `create`, bring the tables up to date.

    Raises:
        StoreError: the database does not answer, or its tables are missing or old.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    if create:
        config.data_folder().mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    logs.configure(config.get("log_level"))
    from audit.database import ensure_ready

    ensure_ready(create=create)
