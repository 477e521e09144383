# SPDX-License-Identifier: Apache-2.0
"""The whole state in one file, and back; snapshots of it; what is done about a damaged gallery.

docs/backup.md describes the file.
"""

from daemon.backup.making import Maker
from daemon.backup.recovery import Recoverer
from daemon.backup.restoring import Restorer, Wish
from daemon.backup.snapshots import FOLDER, Snapshots, opened
from daemon.backup.writing import new_file

__all__ = ["FOLDER", "Maker", "Recoverer", "Restorer", "Snapshots", "Wish", "new_file", "opened"]
