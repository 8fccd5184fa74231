"""Fixtures of the contract tests: the same tests run on every real database and engine."""

from tests.contract.postgres import postgres_server
from tests.contract.store import store, store_templates

__all__ = ["postgres_server", "store", "store_templates"]
