# SPDX-License-Identifier: Apache-2.0
"""What was found in one picture, or in several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, jsonify

from web_admin.problems import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daemon.types import Looked

_T = TypeVar("_T")


def results(found: Sequence[Looked[_T]], told: Callable[[Looked[_T]], dict[str, Any]]) -> Response:
    """Of one picture what is `told` of it; of several a list. Raises the error of one picture that is alone."""
    if len(found) > 1:
        return jsonify({"results": [{"image": one.image, **told(one), "error": _error(one)} for one in found]})
    (only,) = found
    if only.error:
        raise only.error
    return jsonify(told(only))


def _error(one: Looked[_T]) -> dict[str, Any] | None:
    return as_json(one.error) if one.error else None
