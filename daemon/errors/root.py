# SPDX-License-Identifier: Apache-2.0
"""The root of all errors, and the three kinds."""

from __future__ import annotations

import re
from typing import ClassVar


class WhodError(Exception):
    """The root. ``str(error)`` is one sentence for a person: what is wrong and what to do."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    slug: ClassVar[str] = "whod-error"
    """Stable name of the kind of error, for machines: ``PhotoTooLarge`` is ``photo-too-large``."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.slug = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class InputError(WhodError, ValueError):
    """What was given is wrong; giving something else helps, trying again does not."""

    exit_code = 2
    http_status = 400


class WorldError(WhodError, OSError):
    """Something outside of whod failed; it may work again later."""

    http_status = 503


class ConfigError(WhodError, ValueError):
    """Everything that is wrong with the settings, one sentence each, in ``problems``."""

    exit_code = 78

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
