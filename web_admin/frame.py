# SPDX-License-Identifier: Apache-2.0
"""What holds of a route: what it takes and answers, which scope it needs, which errors it can give.

`Api.serve` declares it once, at the view. A view is called with what it takes, checked (`inputs`); the guard looks at
the scope (`security`); `document` makes the OpenAPI file of all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import wraps
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from flask import Blueprint, request

from web_admin import limits
from web_admin.inputs import PARTS, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pydantic import BaseModel

    from daemon.errors import WhodError
    from daemon.types import Scope

_View = TypeVar("_View", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Media:
    """An answer that is no JSON."""

    mimetype: str
    text: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route."""

    method: str
    rule: str
    view: Callable[..., Any]
    scope: Scope | None
    """None: anybody may ask."""
    answers: Mapping[int, type[BaseModel] | Media | None]
    """By status, those that are no errors."""
    problems: tuple[type[WhodError], ...]
    takes: Mapping[str, type[BaseModel]]
    """By the part of the request: `path`, `query`, `header`, `form`, `body`."""
    raw: tuple[str, ...]
    """Kinds of bodies that the view reads by itself, such as application/zip."""
    body_bytes: int
    confirm: bool = False
    """Whether the owner must have typed the password within the last minutes."""
    is_deed: bool = True
    """Whether it is to stand in the record, if it may change something."""

    @property
    def is_page(self) -> bool:
        """Whether people see what it answers."""
        return any(isinstance(said, Media) and said.mimetype == "text/html" for said in self.answers.values())

    def up_to(self, most: int) -> Operation:
        """The same, with bodies of at most so many bytes."""
        return replace(self, body_bytes=min(self.body_bytes, most))


class Api(Blueprint):
    """A blueprint whose routes are declared with `serve`; `about` is a sentence on them for the OpenAPI file."""

    def __init__(self, name: str, about: str = "", url_prefix: str | None = "/api/v1") -> None:
        super().__init__(name, __name__, url_prefix=url_prefix)
        self.about = about
        """Empty: not in the OpenAPI file."""
        self.operations: list[Operation] = []

    def serve(
        self,
        route: str,
        scope: Scope | None,
        answers: Mapping[int, type[BaseModel] | Media | None] | type[BaseModel] | Media,
        problems: Iterable[type[WhodError]] = (),
        *,
        raw: Iterable[str] = (),
        body_bytes: int | None = None,
        confirm: bool = False,
        is_deed: bool = True,
    ) -> Callable[[_View], _View]:
        """Declare a view, as ``"POST /people/<person_id>/merge"``.

        What the view takes stands in its signature: parameters named `path`, `query`, `header`, `form` and `body`,
        each annotated with a model of `web_admin.schemas`. A form may be ``| None`` beside `raw` kinds of bodies. The
        docstring's first line is the summary, the view's name the operation's id. With `confirm`, a browser must
        have sent the password within the last minutes; without `is_deed` it never stands in the record.
        """
        method, _, rule = route.partition(" ")
        kinds = tuple(raw)

        def declare(view: _View) -> _View:
            hints = get_type_hints(view)
            takes = {part: _model(hints[part]) for part in PARTS if part in hints}
            most = _body_bytes(takes, kinds) if body_bytes is None else body_bytes
            said = answers if isinstance(answers, Mapping) else {200: answers}
            self.operations.append(
                Operation(method, rule, view, scope, said, tuple(problems), takes, kinds, most, confirm, is_deed)
            )
            self.add_url_rule(rule, view.__name__, _checked(view, takes, kinds), methods=[method])
            return view

        return declare

    def by_endpoint(self) -> dict[str, Operation]:
        """The operations by what Flask calls them."""
        return {f"{self.name}.{operation.view.__name__}": operation for operation in self.operations}


def _body_bytes(takes: Mapping[str, type[BaseModel]], raw: tuple[str, ...]) -> int:
    if "form" in takes or raw:
        return limits.API_BODY_BYTES
    return limits.JSON_BODY_BYTES if "body" in takes else limits.PAGE_BODY_BYTES


def _model(hint: Any) -> type[BaseModel]:
    """Of a parameter that may be None as well."""
    kinds: Iterator[type[BaseModel]] = (kind for kind in get_args(hint) or (hint,) if kind is not NoneType)
    return next(kinds)


def _checked(
    view: Callable[..., Any], takes: Mapping[str, type[BaseModel]], raw: tuple[str, ...]
) -> Callable[..., Any]:
    @wraps(view)
    def answer(**path: str) -> Any:
        if request.mimetype in raw:
            fields = {part: model for part, model in takes.items() if part != "form"}
            return view(**bind(fields, path), **dict.fromkeys(takes.keys() & {"form"}))
        return view(**bind(takes, path))

    return answer
