# SPDX-License-Identifier: Apache-2.0
"""Who may use the API from outside: tokens, and a record of what was changed with them. admin.db is precious."""

from daemon.access.access import ADMIN_DB, Access

__all__ = ["ADMIN_DB", "Access"]
