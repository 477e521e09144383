# SPDX-License-Identifier: Apache-2.0
"""The state folder and its databases; the only importer of sqlite3."""

from daemon.storage.copies import Expiry
from daemon.storage.database import Database, Durability, Row, Transaction, open_disposable, open_precious
from daemon.storage.files import beside, discard
from daemon.storage.folder import SOCKET, StateFolder
from daemon.storage.schema import damaged

__all__ = [
    "SOCKET",
    "Database",
    "Durability",
    "Expiry",
    "Row",
    "StateFolder",
    "Transaction",
    "beside",
    "damaged",
    "discard",
    "open_disposable",
    "open_precious",
]
