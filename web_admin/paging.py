# SPDX-License-Identifier: Apache-2.0
"""Lists in pages: `limit`, `after` and the header `Link` (RFC 8288)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.exceptions import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Response

    from web_admin.schemas.common import PageQuery


class _Record(Protocol):
    def as_json(self) -> dict[str, Any]: ...


_T = TypeVar("_T", bound=_Record)


def page_of(records: Sequence[_T], query: PageQuery, id_of: Callable[[_T], str]) -> Response:
    """The part of a list that was asked for, all of it without a limit. Raises BadRequest."""
    start = 0
    if query.after is not None:
        ids = [id_of(record) for record in records]
        if query.after not in ids:
            raise BadRequest("'after' must be the id of one that is in the list: it is not any more, begin again.")
        start = ids.index(query.after) + 1
    rest = records[start:]
    return answer(rest if query.limit is None else rest[: query.limit + 1], query.limit, id_of)


def answer(records: Sequence[_T], limit: int | None, id_of: Callable[[_T], str]) -> Response:
    """The first `limit` records; one more says that there is a next page, whose address is in the header `Link`."""
    shown = records if limit is None else records[:limit]
    response = jsonify([record.as_json() for record in shown])
    if len(shown) < len(records):
        asked = {**request.args.to_dict(), "after": id_of(shown[-1])}
        asked.pop("before", None)
        response.headers["Link"] = f'<{request.path}?{urlencode(asked)}>; rel="next"'
    return response
