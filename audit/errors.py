"""Errors of the audit application. Each message says where, what, expected and got, what to do."""


class AuditError(Exception):
    """Root of every error that the application raises; the CLI prints it as one line, exit 1."""


class ConfigError(AuditError):
    """A setting is unknown or has a value of the wrong kind."""


class PolicyError(AuditError):
    """The store refused an action: wrong role, region, state, lease or person."""


class StoreError(AuditError):
    """The database does not answer, or a row that must exist does not."""


class IngestError(AuditError):
    """Evidence could not be read into rows; the file keeps its cursor."""


class IndexEngineError(AuditError):
    """The search engine does not answer or refuses; rows stay in the outbox."""


class QueryError(AuditError):
    """A search query cannot be understood."""
