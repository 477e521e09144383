# SPDX-License-Identifier: Apache-2.0
"""The `whod` command. Results on stdout, all else on stderr; exit codes as in docs/cli.md."""

from daemon.cli.group import whod

__all__ = ["whod"]
