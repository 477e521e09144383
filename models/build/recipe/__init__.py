# SPDX-License-Identifier: Apache-2.0
"""Makes whod's model files from the networks of two registry packages; ../README.md says how."""
