# SPDX-License-Identifier: Apache-2.0
"""The pages for people: one blueprint per subject, rendered here, complete without JavaScript but for live parts."""
