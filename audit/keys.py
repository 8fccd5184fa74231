"""The secret key of this installation, and what is hashed with it."""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from audit import config
from audit.errors import ConfigError

KEY_FILE = "secret_key"
_HASH_HEX_DIGITS = 32


@cache
def _read_or_make(file: Path) -> str:
    """Return the key in `file`; the first process that asks makes it, readable by its user only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as output:
            output.write(secrets.token_hex(32))
            output.flush()
            os.fsync(output.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first, and its key counts
        finally:
            draft.unlink()
    key = file.read_text(encoding="ascii").strip()
    if not key:
        raise ConfigError(
            f"{file}: expected the secret key, got an empty file. Restore it from a backup, or "
            f"delete it and run 'jianwei index rebuild' (sessions end, contacts are hashed anew)."
        )
    return key


def read_secret_key() -> str:
    """Return the key kept in the data folder; empty when none was made yet."""
    try:
        return (config.data_folder() / KEY_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def secret_key() -> str:
    """Return setting `secret_key`, or the key kept in the data folder."""
    configured: str = config.get("secret_key")
    return configured or _read_or_make(config.data_folder() / KEY_FILE)


def contact_hash(contact: str) -> str:
    """Hash one normalised contact (`phone:13800000000`), so that it can be found but not read."""
    digest = hmac.new(secret_key().encode(), f"contact\n{contact}".encode(), hashlib.sha256)
    return digest.hexdigest()[:_HASH_HEX_DIGITS]
