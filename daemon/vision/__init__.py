# SPDX-License-Identifier: Apache-2.0
"""From pixels to embeddings: untrusted bytes, detector, alignment, quality, embedder."""

from daemon.vision.candidate import Candidate
from daemon.vision.chain import Vision
from daemon.vision.detector import SAME_FACE_IOU
from daemon.vision.golden import canary, check_golden
from daemon.vision.keepsake import cut_out, keepsake, made_anew, snapshot, thumbnail
from daemon.vision.manifest import Manifest, load_manifest, models_folder
from daemon.vision.motion import Scene
from daemon.vision.outlook import Outlook, Trouble
from daemon.vision.photo import MAX_BYTES, MAX_ENROL_BYTES, decode, encode_jpeg, reduced, scale_of, shrink
from daemon.vision.pose import Turn, turn_of
from daemon.vision.quality import MIN_QUALITY, flaw, objection
from daemon.vision.runtime import runtime_name
from daemon.vision.sampling import View

__all__ = [
    "MAX_BYTES",
    "MAX_ENROL_BYTES",
    "MIN_QUALITY",
    "SAME_FACE_IOU",
    "Candidate",
    "Manifest",
    "Outlook",
    "Scene",
    "Trouble",
    "Turn",
    "View",
    "Vision",
    "canary",
    "check_golden",
    "cut_out",
    "decode",
    "encode_jpeg",
    "flaw",
    "keepsake",
    "load_manifest",
    "made_anew",
    "models_folder",
    "objection",
    "reduced",
    "runtime_name",
    "scale_of",
    "shrink",
    "snapshot",
    "thumbnail",
    "turn_of",
]
