# SPDX-License-Identifier: Apache-2.0
"""What a request brought, as the models that its view takes; the service checks the meaning.

A field's description is what it must be, in the words of the sentence that answers what is not: "'limit' must be
a number from 1 to 1000." It stands in the OpenAPI file as well.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from daemon.errors import PhotoTooLarge
from web_admin import csrf, limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails
    from werkzeug.datastructures import MultiDict

_Model = TypeVar("_Model", bound=BaseModel)

PARTS = ("path", "query", "header", "form", "body")
"""Of a request, as the parameters of a view are called."""

_WHERE = {
    "path": "In the address '{name}'",
    "query": "'{name}'",
    "header": "The header '{name}'",
    "form": "The field '{name}'",
    "body": "In the body '{name}'",
}


def bind(takes: Mapping[str, type[BaseModel]], path: Mapping[str, str]) -> dict[str, BaseModel]:
    """What a view is called with. Raises BadRequest, UnsupportedMediaType, or PhotoTooLarge for too big a form."""
    bound = {part: checked(model, _given(part, model, path), _WHERE[part]) for part, model in takes.items()}
    if request.args and "query" not in takes and request.path.startswith("/api/"):
        raise BadRequest(f"'{next(iter(request.args))}' stands in the address: {_instead(takes)}.")
    return bound


def _instead(takes: Mapping[str, type[BaseModel]]) -> str:
    """What to do with a parameter of an address that takes none."""
    if part := {"form": "form", "body": "JSON body"}.get(next(iter(takes.keys() & {"form", "body"}), "")):
        return f"send it in the {part}"
    return "this call takes no such thing; leave it out"


def _refuse_strange(model: type[BaseModel], given: Iterable[str | None]) -> None:
    """Raise BadRequest for a name that the model has not: what is meant must not be passed over, such as a limit."""
    known = [_name(name, field) for name, field in model.model_fields.items()]
    for name in given:
        if name is None:
            raise BadRequest("A part of the form has no name: give each one.")
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}."
            raise BadRequest(f"There is no '{name}' here: {hint}")


def checked(model: type[_Model], given: object, where: str) -> _Model:
    """`given` as the model. Raises BadRequest with a sentence; `where` has a place for the ``{name}`` of a field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadRequest(_sentence(model, first, where)) from None  # pydantic's own text repeats what was sent


def parsed(model: type[_Model], text: str, field: str) -> _Model:
    """The JSON object in a field of a form, as the model. Raises BadRequest."""
    import json  # noqa: PLC0415

    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The field '{field}' must be JSON.") from error
    if not isinstance(given, dict):
        raise BadRequest(f"The field '{field}' must be a JSON object.")
    return checked(model, given, f"In '{field}' '{{name}}'")


def _given(part: str, model: type[BaseModel], path: Mapping[str, str]) -> object:
    match part:
        case "path":
            return path
        case "query":
            _refuse_strange(model, request.args)
            return _fields(model, request.args)
        case "header":
            names = (_name(name, field) for name, field in model.model_fields.items())
            return {name: request.headers[name] for name in names if name in request.headers}
        case "form":
            return _form(model)
        case _:
            given = _json()
            _refuse_strange(model, given if isinstance(given, dict) else ())
            return given


def _fields(model: type[BaseModel], given: MultiDict[str, Any]) -> dict[str, Any]:
    """The fields of the model that are there; of one that is no list, the first value."""
    found = {}
    for name, field in model.model_fields.items():
        key = _name(name, field)
        if key in given:
            found[key] = given.getlist(key) if _is_list(field) else given[key]
    return found


def _form(model: type[BaseModel]) -> dict[str, Any]:
    try:
        _refuse_strange(model, [name for name in (*request.form, *request.files) if name != csrf.FIELD])
        return {**_fields(model, request.form), **_fields(model, request.files)}
    except RequestEntityTooLarge as error:
        raise PhotoTooLarge(
            f"This is too much for one call: at most {limits.API_PARTS - 2} pictures of "
            f"{(request.max_content_length or 0) // 1_000_000} MB together are taken; send fewer at once."
        ) from error


def _json() -> object:
    if not request.content_length and not request.mimetype:
        return {}
    if not request.is_json:
        raise UnsupportedMediaType("The body must be JSON: send it with the header Content-Type: application/json.")
    try:
        return request.get_json()
    except (BadRequest, RecursionError) as error:
        raise BadRequest("The body must be a JSON object: it is none, or is damaged.") from error


def _sentence(model: type[BaseModel], error: ErrorDetails, where: str) -> str:
    if error["type"] == "value_error":  # of a model as a whole: it is ours, and a sentence
        return str(error["ctx"]["error"])
    if not error["loc"]:
        return "The body must be a JSON object."
    key = str(error["loc"][0])
    field = next((field for name, field in model.model_fields.items() if _name(name, field) == key), None)
    if field is not None and _is_file(field):
        what = field.title or "file"
        return f"The form has no {what}: send {'each' if _is_list(field) else 'it'} as a file in the field '{key}'."
    wanted = (field.description if field else None) or "as docs/http.md says"
    place = where.format(name=key)
    if error["type"] == "missing":
        return (
            f"The form has no field '{key}': it must be {wanted}."
            if place.startswith("The field")
            else (f"{place} is missing: it must be {wanted}.")
        )
    return f"{place} must be {wanted}."


def _name(name: str, field: FieldInfo) -> str:
    """As it is sent."""
    return field.alias or name


def _is_list(field: FieldInfo) -> bool:
    return str(field.annotation).startswith("list[")


def _is_file(field: FieldInfo) -> bool:
    return FileStorage.__name__ in str(field.annotation)
