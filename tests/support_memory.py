# SPDX-License-Identifier: Apache-2.0
"""How much memory work takes."""

import tracemalloc


def peak(work):
    """Bytes of Python's own that there are at most at one time while `work` is called."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
