# SPDX-License-Identifier: Apache-2.0
"""How near the detector's second look must be, and how weak a candidate of the first may be.

    .venv/bin/python tests/bench/second_look.py SIDE FACTOR evaluate FOLDER [--pairs FILE]

`whod evaluate` with another side of the second look (in box sides; shipped: 2.8) and another part of the threshold
from which candidates are kept (shipped: 0.4).
"""

import sys

from daemon import vision
from daemon.cli import whod
from daemon.vision import detector

if __name__ == "__main__":
    detector._CLOSE_UP, detector._CANDIDATE_FACTOR = float(sys.argv[1]), float(sys.argv[2])
    vision.check_golden = lambda _: None  # its answer is that of the shipped values
    whod(sys.argv[3:], obj=None)
