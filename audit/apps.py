from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "鉴微"

    def ready(self) -> None:
        from audit.sign_in_events import connect

        connect()
