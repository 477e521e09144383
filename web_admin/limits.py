# SPDX-License-Identifier: Apache-2.0
"""How much one request may bring."""

API_BODY_BYTES = 64_000_000
"""Pictures that are enrolled in one call, in all. The service bounds each of them by itself."""

UPLOAD_BYTES = 4_096_000_000
"""An archive or a backup; `web.max_upload_mb` may allow less."""

API_PARTS = 200
"""Fields and pictures of one form."""

VISITS = 1000
"""That one call lists or weighs again, at most."""

CLOSE = 49
"""People to whom one is compared, at most."""

FIELD_BYTES = 500_000
"""Fields of one form that are no files, in all. The parser's buffer must fit in, which holds 64 KiB of a file too."""

PAGE_BODY_BYTES = 64_000
"""The page takes no input; this is what is read before a request is refused."""

CONNECTIONS = 512
"""That are open at once on a site."""

IDLE = 448
"""Of them, that wait for their client and not for us: of more, one goes."""

WAVE = 32
"""That are accepted at a time; with those that are idle, and some that are answered, fewer than all."""

IDLE_OF_ADDRESS = 64
"""Of these, of one address; a browser opens six."""

PIPELINED = 4
"""Requests of one connection that have come before the first is answered. Browsers and proxies send one at a time,
and each answer that waits to be sent takes memory."""

LISTENERS = 8
"""To the events, on all sites together: each has a thread of its own."""

WAITERS = 2
"""For the end of a job, on all sites together: they too hold a thread each."""

HEARTBEAT_S = 15.0
"""How long an event stream is silent, at most."""

LOOK_S = 1.0
"""How often an event stream looks whether its listener is still there, and may listen."""

STREAM_S = 3600.0
"""How long an event stream goes on; a client then comes back with the last id."""

RETRY_S = 3
"""When to come back."""

BACKLOG_BYTES = 256_000
"""Of events that a listener has not taken: one that is slower is let go."""

JSON_BODY_BYTES = 1_000_000
"""Of a JSON object; the largest are features of faces."""

PAGE = 1000
"""Entries of a list that are given in one page, at most."""
