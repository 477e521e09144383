# SPDX-License-Identifier: Apache-2.0
"""Who may ask from outside: the owner by a password, others by tokens; and a record of what was changed.

admin.db is precious.
"""

from daemon.access.access import Access
from daemon.access.file import ADMIN_DB

__all__ = ["ADMIN_DB", "Access"]
