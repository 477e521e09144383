# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI file, and the models that it is made of."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from web_admin.app import APIS
from web_admin.document import document
from web_admin.schemas.common import Model

if TYPE_CHECKING:
    from flask.testing import FlaskClient

OPERATIONS = [operation for api in APIS for operation in api.operations]
BODIES = [operation for operation in OPERATIONS if "body" in operation.takes]


@pytest.fixture(scope="module")
def book() -> dict[str, Any]:
    return document(APIS)


def operations(book: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in book["paths"].values() for operation in path.values()]


def test_it_is_served(api: FlaskClient, book: dict[str, Any]) -> None:
    answer = api.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.0")
    assert answer.json == json.loads(json.dumps(book))


def test_it_has_every_route_with_its_scope(book: dict[str, Any]) -> None:
    said = {
        f"{method.upper()} {path}": operation.get("security")
        for path, methods in book["paths"].items()
        for method, operation in methods.items()
    }
    assert said == {
        re.sub("<(.+?)>", r"{\1}", f"{operation.method} {api.url_prefix or ''}{operation.rule}"): (
            [{"bearer": [operation.scope.value]}, {"session": []}] if operation.scope else None
        )
        for api in APIS
        for operation in api.operations
    }
    assert book["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "whod"},
    }


def test_every_operation_says_what_it_is(book: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(book)]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    for operation in operations(book):
        assert operation["summary"].strip()
        assert len(operation["tags"]) == 1
        problems = {status: said for status, said in operation["responses"].items() if int(status) >= 400}
        kinds = {mimetype for said in problems.values() for mimetype in said["content"]}
        assert kinds - {"application/json"} == {"application/problem+json"}  # /health tells with 503 in its own words
        assert {"400", "500"} <= problems.keys()
        assert ("security" in operation) == ({"401", "403"} <= problems.keys())


def test_names_of_models_are_unique() -> None:
    """Two of one name would be one in the file."""

    def models(kind: type) -> set[type]:
        return {kind, *(deeper for below in kind.__subclasses__() for deeper in models(below))}

    names = sorted(model.__name__ for model in models(Model))
    assert names == sorted(set(names))


def test_every_reference_leads_somewhere(book: dict[str, Any]) -> None:
    found = re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(book))
    assert found
    assert set(found) <= book["components"]["schemas"].keys()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view.__name__)
def test_every_field_that_is_taken_says_what_it_must_be(operation: Any) -> None:
    for model in operation.takes.values():
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            assert not field.description.endswith(".")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.view.__name__)
def test_every_whole_number_that_is_taken_has_an_end(operation: Any) -> None:
    """Databases have none that are larger than 64 bits."""
    for model in operation.takes.values():
        for name, field in model.model_json_schema()["properties"].items():
            for kind in field.get("anyOf", [field]):
                assert kind.get("type") != "integer" or kind["maximum"] < 1 << 63, f"{model.__name__}.{name}"


@pytest.mark.parametrize("operation", BODIES, ids=lambda operation: operation.view.__name__)
@pytest.mark.parametrize(
    "value", [None, 0, -1, 1e999, "", "\x00", "\ud800", [], [None], {}, True, 1 << 70, "x" * 9999]
)
def test_no_value_breaks_a_model(operation: Any, value: object) -> None:
    """A model says that something is wrong, whatever it is, or takes it."""
    model = operation.takes["body"]
    for name, field in model.model_fields.items():
        try:
            model.model_validate({field.alias or name: value})
        except ValidationError as error:
            assert error.errors()


def test_what_is_not_asked_for_is_not_loaded() -> None:
    """A command and a daemon whose page is lazy do without the app; what makes the file is for whom asks for it."""
    script = (
        "import sys, daemon.cli, daemon.cli.context, daemon.client;"
        "assert 'pydantic' not in sys.modules;"
        "import daemon.serving;"
        "assert not {'pydantic', 'flask'} & sys.modules.keys();"
        "import web_admin.app;"
        "assert 'pydantic' in sys.modules;"
        "assert 'flask_openapi3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
