# SPDX-License-Identifier: Apache-2.0
"""How much one request may bring."""

API_BODY_BYTES = 64_000_000
"""Pictures that are enrolled in one call, in all. The service bounds each of them by itself."""

API_PARTS = 200
"""Fields and pictures of one form."""

VISITS = 1000
"""That one call lists or weighs again, at most."""

FIELD_BYTES = 500_000
"""Fields of one form that are no files, in all. The parser's buffer must fit in, which holds 64 KiB of a file too."""

PAGE_BODY_BYTES = 64_000
"""The page takes no input; this is what is read before a request is refused."""
