# SPDX-License-Identifier: Apache-2.0
"""Errors as people see them: a page with a way back, or, for htmx, a message above what was typed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, request, url_for

from daemon.errors import OtherPerson, WhodError
from web_admin.pages.frame import Refused, is_htmx, page, path
from web_admin.pages.navigation import section
from web_admin.texts import language, t, t_or
from web_admin.texts.catalogue import ENGLISH

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException


def sentence(error: WhodError) -> str:
    """What an error of whod's own says, in one piece."""
    return " ".join(filter(None, _said(error)))


def of_ours(error: WhodError) -> Response:
    """An error of whod's own."""
    return _answer(HTTPStatus(error.http_status), *_said(error), culprit=_culprit(error))


def of_http(error: HTTPException) -> Response:
    """An error for which HTTP itself has the words."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    sentence = error.description or status.description
    if status is HTTPStatus.NOT_FOUND:
        return _answer(status, t("frame.problem.missing"))
    if isinstance(error, Refused) or language() == ENGLISH:
        return _answer(status, sentence)
    return _answer(status, t_or(f"problems.http_{status}", t("problems.http")), sentence)


def of_bug() -> Response:
    """A fault of whod's own, of which nothing is told."""
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, t("frame.problem.bug"))


def _culprit(error: WhodError) -> str:
    """Where the picture is that stands in the way, if one does."""
    if not isinstance(error, OtherPerson) or error.sample is None:
        return ""
    person_id, sample_id = error.sample
    return url_for("people_pages.show_person", person_id=person_id, _anchor=f"sample-{sample_id}")


def _answer(status: HTTPStatus, sentence: str, original: str = "", culprit: str = "") -> Response:
    if is_htmx():
        text = page("_problem.html", sentence=sentence, original=original, culprit=culprit)
        place = {"HX-Retarget": "#message", "HX-Reswap": "innerHTML", "HX-Reselect": "unset"}
        return Response(text, status, headers=place)
    title = t_or(f"frame.problem.title_{status}", t("frame.problem.title"))
    back = path(section(request.path) or "/")
    said = {"title": title, "sentence": sentence, "original": original, "culprit": culprit}
    return Response(page("problem.html", back=back, **said), status)


def _said(error: WhodError) -> tuple[str, str]:
    """In English the error's own sentence, else the text `problems.<its class>`; and what of the first follows it.

    That is where the text ends with a colon.
    """
    kinds = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, WhodError)]
    fields = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    text = next(filter(None, (t_or(f"problems.{kind}", "", **fields) for kind in kinds)), "")
    return text or str(error), str(error) if text.endswith(":") else ""
