# SPDX-License-Identifier: Apache-2.0
"""Requests that nobody thinks of, made from the OpenAPI file, to the real application over a real gallery.

The short form asks each operation a few times; the long one makes 10,000 requests:
``pytest -m slow tests/web/test_web_schemathesis.py``.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support_real import picture, real_service

from daemon.types import Photo, Scope
from web_admin import WebSettings, create_app
from web_admin.app import APIS
from web_admin.document import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from schemathesis import Case

    from daemon.service import Service

# Answers that are files are not closed by schemathesis.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

OPERATIONS = [operation.view.__name__ for api in APIS for operation in api.operations if api.name != "events"]
"""Events never end."""
FEW, MANY = 6, 10_000
MOST = 30
"""People and tokens that are left there, at most."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    ignored_auth,
]


def images() -> st.SearchStrategy[bytes]:
    """Pictures with one face, with none, with two; and what is none."""
    faces = st.sampled_from([1, 1, 1, 0, 2])
    return st.one_of(st.builds(picture, st.integers(0, 30_000), faces), st.binary(max_size=200))


schemathesis.openapi.format("binary", images())


class World:
    """The application, and what there is in it."""

    def __init__(self, service: Service, app: Flask) -> None:
        self.service = service
        token = service.access.create("fuzz", Scope.ADMIN)
        self.token_id = token.token.id
        self.headers = {"Authorization": f"Bearer {token.bearer}"}
        self.schema = schemathesis.openapi.from_dict(document(APIS))
        self.schema.app = app
        self.schema.config.update(headers=self.headers)
        self.found = {
            result.ok().definition.raw["operationId"]: result.ok() for result in self.schema.get_all_operations()
        }
        self.statuses: dict[int, int] = {}

    def furnish(self) -> None:
        """See that there is something to ask for, and not ever more of it."""
        people = self.service.people()
        for person in people[MOST:]:
            self.service.forget(person.id)
        for number in range(len(people), 3):
            self.service.enrol(f"Somebody {number}", [Photo("a.png", picture(number + 40_000))], force=True)
        if not self.service.groups.all():
            self.service.groups.create("family", [self.service.people()[0].id])
        tokens = self.service.access.all()
        for token in tokens[MOST:]:
            self.service.access.revoke(token.id)
        if len(tokens) < 3:
            self.service.access.create("other", Scope.READ)

    def ids(self, name: str, parameters: dict[str, Any]) -> list[str]:
        """What may stand in a place of an address."""
        service = self.service
        person = parameters.get("person_id")
        samples = service.samples(person) if person in [one.id for one in service.people()] else []
        found: dict[str, list[str]] = {
            "person_id": [word for one in service.people() for word in (one.id, one.name)],
            "sample_id": [sample.id for sample in samples],
            "group_id": [group.id for group in service.groups.all()],
            "undo_id": [undo.id for undo in service.undos.all()],
            "token_id": [token.id for token in service.access.all() if token.id != self.token_id],
            "job_id": [job.id for job in service.jobs.all()],
        }
        return found.get(name, [])

    def ask(self, case: Case, seed: int) -> None:
        """Send a request, mostly about something that is there."""
        self.furnish()
        choose = random.Random(seed)
        for name in sorted(case.path_parameters or ()):  # person_id before sample_id
            known = self.ids(name, case.path_parameters)
            if known and choose.random() < 0.7:
                case.path_parameters[name] = choose.choice(known)
        response = case.call(headers=self.headers)
        self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS, headers=self.headers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    logging.getLogger("daemon").setLevel(logging.CRITICAL)
    with real_service(tmp_path_factory.mktemp("real")) as service:
        yield World(service, create_app(service, WebSettings()))
    logging.getLogger("daemon").setLevel(logging.NOTSET)


def ask_often(world: World, name: str, times: int) -> None:
    operation = world.found[name]
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    # Of an address and headers, which are texts, there is nothing wrong to be made.
    for mode in modes if operation.body or operation.query else modes[:1]:

        @given(case=operation.as_strategy(generation_mode=mode), seed=st.integers(0, 1 << 30))
        @settings(
            max_examples=max(1, times // len(modes)),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Case, seed: int) -> None:
            world.ask(case, seed)

        try:
            run()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_few_requests(world: World, name: str) -> None:
    ask_often(world, name, FEW)


@pytest.mark.slow
def test_ten_thousand_requests(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before, failed = sum(world.statuses.values()), []
    while (asked := sum(world.statuses.values()) - before) < MANY:
        for name in OPERATIONS:
            try:
                ask_often(world, name, MANY // len(OPERATIONS) // 2)
            except Exception as error:  # noqa: BLE001  all are wanted, not the first
                failed.append(f"{name}: {error}")
    with capsys.disabled():
        print(f"\n{asked} requests: {dict(sorted(world.statuses.items()))}")  # noqa: T201
    assert not failed, "\n".join(failed)
