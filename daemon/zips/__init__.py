# SPDX-License-Identifier: Apache-2.0
"""Zip archives from strangers: entries are read by name, as streams; nothing is ever extracted to a path.

An archive is looked through before anything of it is used. One that is not exactly what an ordinary packer makes is
refused as a whole: its entries must fill the file from its first byte to the directory, in the directory's order, and
tell the same of themselves as the directory does.
"""

from daemon.zips.entry import Entry, check_name
from daemon.zips.reader import Limits, ZipReader

__all__ = ["Entry", "Limits", "ZipReader", "check_name"]
