# SPDX-License-Identifier: Apache-2.0
"""An evaluation as one HTML file that needs no script and no network. No person and no path stands in it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, tostring

from daemon.evaluation.plots import plots
from daemon.evaluation.svg import sample, tag
from daemon.evaluation.table import CLOSEST_HEADS, OPEN_SET_HEADS, chains, closest_rows, open_set_rows, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from daemon.evaluation.evaluation import Evaluation
    from daemon.evaluation.plot import Plot
    from daemon.evaluation.table import Report

_METHODS = {
    "Verification": """Are two pictures of one person? The threshold of each fold is the one that is best on the
        others, after the protocol of LFW. A pair of which a face is missed counts as wrong.""",
    "Comparisons": """One picture of each person against those of all others, and up to ten pictures of a person with
        each other. A missed face is never a match.""",
    "Open set": """People are drawn and enrolled, 20 times. Searched for are up to ten other pictures of each, and one
        picture of everybody who was not drawn, by the gallery's own rules. A score is the threshold up to which
        somebody is named. The bounds are 95 %, by a bootstrap over people that finds the threshold anew each
        time.""",
    "Who looks like whom": """Up to ten pictures of each person are one gallery, and each is looked for in it without
        it. A picture is unlike the others of its person if it is more like somebody else, or hardly like them; two
        people cannot be told apart if a third of their pictures are about as near to the other. In a collection both
        are mostly wrong labels. People have numbers, in the order of their folders.""",
    "Faces by width": """A face is scaled, placed at random in a frame of 640 x 480 over a blurred background, and
        looked for as in a frame of the camera. The bounds are 95 % (Wilson).""",
    "What this does not say": """The daemon decides on several frames of a visit, and so does better than one picture.
        People in front of a door look otherwise than in collected photographs. How well children, the old and others
        are known is not told apart.""",
}


def page(evaluation: Evaluation, report: Report) -> str:
    """The whole document. `report` is what `--json` gives of the same evaluation."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", "whod: how good the models are"),
        tag("style", (files("daemon.evaluation") / "page.css").read_text(encoding="utf-8")),
    )
    document = tag("html", head, tag("body", *_body(evaluation, report)), lang="en")
    return "<!DOCTYPE html>\n" + tostring(document, encoding="unicode", method="html") + "\n"


def _body(evaluation: Evaluation, report: Report) -> Iterator[Element]:
    about = report["about"]
    yield tag("h1", "How good the models are")
    counted = f"{about['pictures']:,} pictures of {about['people']:,} people"
    yield tag("p", f"whod {about['whod']}, {about['at'][:10]}, {counted}.", class_="soft")
    yield tag("p", f"{about['runtime']} on {about['machine']}.", class_="soft")
    yield tag("h2", "Figures")
    yield _figures(report)
    drawn = list(plots(evaluation))
    if drawn:
        yield tag("h2", "Plots")
        yield tag("div", *map(_figure, drawn), class_="plots")
    for chain in chains(report):
        if rows := open_set_rows(report, chain):
            yield tag("h2", f"Open set, {chain}")
            yield _scrolled(OPEN_SET_HEADS, rows)
    if rows := closest_rows(report):
        yield tag("h2", "Closest people")
        yield _scrolled(CLOSEST_HEADS, rows)
    yield from _notes(report)


def _notes(report: Report) -> Iterator[Element]:
    if "left_out" in report:
        yield tag("h2", "Left out")
        yield _definitions({name.replace("_", " ").capitalize(): why for name, why in report["left_out"].items()})
    yield tag("h2", "How it was measured")
    yield _definitions(_METHODS)
    yield tag("h2", "Models")
    yield _scrolled(("chain", "model", "precision", "sha256"), list(_models(report["about"])))


def _models(about: dict[str, Any]) -> Iterator[tuple[str | Element, ...]]:
    for chain, models in about["models"].items():
        for kind in ("detector", "embedder"):
            model = models[kind]
            yield chain, f"{kind} {model['id']}", model["precision"], tag("code", f"{model['sha256'][:16]}…")


_MARKS = {True: "good", False: "bad", None: ""}


def _figures(report: Report) -> Element:
    """A table that becomes a list on a phone; its columns are then named by `data-head`."""
    heads = ("what", "wanted", *chains(report))
    rows = (
        tag(
            "tr",
            tag("td", row.what),
            tag("td", row.wanted, data_head="wanted"),
            *(
                tag("td", value, class_=_MARKS[met], data_head=head)
                for head, value, met in zip(chains(report), row.values, row.met, strict=True)
            ),
        )
        for row in table(report)
    )
    return tag("table", _heads(heads), tag("tbody", *rows), class_="figures")


def _heads(heads: Sequence[str]) -> Element:
    return tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads)))


def _scrolled(heads: Sequence[str], rows: Iterable[Sequence[str | Element]]) -> Element:
    """A table that scrolls by itself where the page is narrow."""
    body = (tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    return tag("div", tag("table", _heads(heads), tag("tbody", *body)), class_="scroll", tabindex="0")


def _definitions(texts: Mapping[str, str]) -> Element:
    return tag("div", *(tag("p", tag("b", f"{name}. "), " ".join(text.split())) for name, text in texts.items()))


def _figure(plot: Plot) -> Element:
    legend = (tag("li", sample(one.style, line=plot.lines), one.label) for one in plot.series)
    caption = tag("figcaption", tag("b", plot.title), tag("p", plot.text))
    return tag("figure", caption, plot.drawing, tag("ul", *legend, class_="legend"))
