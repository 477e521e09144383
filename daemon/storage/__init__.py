# SPDX-License-Identifier: Apache-2.0
"""The state folder and its databases; the only importer of sqlite3."""

from daemon.storage.database import Database, Durability, Transaction, open_disposable, open_precious
from daemon.storage.folder import StateFolder

__all__ = ["Database", "Durability", "StateFolder", "Transaction", "open_disposable", "open_precious"]
