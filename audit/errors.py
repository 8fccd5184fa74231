"""Errors of the audit application. Each message says where, what, expected and got, what to do."""


class AuditError(Exception):
    """Root of every error that the application raises; the CLI prints it as one line, exit 1.

    `zh` says the same in one Chinese sentence for people at the desk, where they can meet it.
    """

    def __init__(self, message: str, *, zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh


class ConfigError(AuditError):
    """A setting is unknown or has a value of the wrong kind."""


class PolicyError(AuditError):
    """The store refused an action: wrong role, region, state, lease or person."""


class NoSuchObjectError(PolicyError):
    """What was asked for does not exist, or is not the person's to know of; told alike."""


class StoreError(AuditError):
    """The database does not answer, or a row that must exist does not."""


class IngestError(AuditError):
    """Evidence could not be read into rows; the file keeps its cursor."""


class IndexEngineError(AuditError):
    """The search engine does not answer or refuses; rows stay in the outbox."""


class ScheduleError(AuditError):
    """A schedule names no moment that comes, or a policy that does not exist."""


class QueryError(AuditError):
    """A search query cannot be understood."""


class SuperviseError(AuditError):
    """A process that must stay up does not."""
