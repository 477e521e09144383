# SPDX-License-Identifier: Apache-2.0
"""Each test has an app of its own; what is the same in all of them is compiled once.

That is two thirds of the time that these tests took: templates, and what builds the address of each route.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable


class Templates(BytecodeCache):
    """Those that an app of an earlier test has compiled already."""

    def __init__(self) -> None:
        self._by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._by_key:
            bucket.bytecode_from_string(self._by_key[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._by_key[bucket.key] = bucket.bytecode_to_string()


def compile_once() -> None:
    """For all apps that are made from now on."""
    Flask.jinja_options["bytecode_cache"] = Templates()
    compile_builder = Rule._compile_builder
    made: dict[tuple[object, ...], Callable[..., Any]] = {}

    @functools.wraps(compile_builder)
    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    Rule._compile_builder = once
