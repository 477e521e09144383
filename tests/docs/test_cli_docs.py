# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md says what the command line does, no less and no more."""

import json
import re
from pathlib import Path

import click
import pytest
from support_daemon import EILEEN, JOE
from support_daemon import whod as run
from support_people import Crowd, crowd

from daemon.cli import whod
from daemon.config import load
from daemon.errors import ConfigError, InputError, WorldError
from daemon.evaluation import Plan, evaluate
from daemon.evaluation.visit_rates import evaluate_visits
from daemon.evaluation.visitors import Look

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text()
INTRODUCTION, *SECTIONS = re.split(r"^### ", PAGE, flags=re.MULTILINE)
DOCUMENTED = {re.match(r"`whod ([\w-]+)", section)[1]: section for section in SECTIONS}


def options(command):
    """Its own and those of its subcommands."""
    commands = [command, *getattr(command, "commands", {}).values()]
    return {
        option
        for command in commands
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def mentioned(text):
    return set(re.findall(r"`(--[\w-]+)", text))


def schema(name, number=0):
    """A JSON example of the section of a command."""
    return json.loads(re.findall(r"```json\n(.*?)```", DOCUMENTED[name], re.DOTALL)[number])


def shape(value):
    """The keys of it, all the way down."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else None


def test_each_command_and_nothing_else():
    assert set(DOCUMENTED) == set(whod.commands)


@pytest.mark.parametrize("name", whod.commands)
def test_its_heading_is_how_it_is_called(name):
    command = whod.commands[name]
    pieces = command.collect_usage_pieces(click.Context(command))
    arguments = [piece for piece in pieces if piece != "[OPTIONS]"]
    assert DOCUMENTED[name].startswith(f"`{' '.join(('whod', name, *arguments))}`\n")


@pytest.mark.parametrize("name", whod.commands)
def test_each_option_and_nothing_else(name):
    assert mentioned(DOCUMENTED[name]) == options(whod.commands[name])


def test_the_global_options():
    with click.Context(whod) as context:
        known = {option for parameter in whod.get_params(context) for option in parameter.opts}
    known |= {"-h", "--help"}
    assert mentioned(INTRODUCTION) == {option for option in known if option.startswith("--")}


@pytest.mark.parametrize("error", [WorldError, InputError, ConfigError])
def test_the_exit_codes(error):
    assert f"\n| {error.exit_code} | " in INTRODUCTION


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "state"
    assert run("--state-dir", folder, "enrol", "Eileen", EILEEN).returncode == 0
    return folder


def test_the_schema_of_embed():
    assert shape(json.loads(run("embed", EILEEN, "--jsonl").stdout)) == shape(schema("embed"))


def test_the_schema_of_identify(state):
    done = run("--state-dir", state, "identify", EILEEN, "--jsonl")
    assert shape(json.loads(done.stdout)) == shape(schema("identify"))


def test_the_schema_of_people(state):
    assert shape(json.loads(run("--state-dir", state, "people", "--json").stdout)) == shape(schema("people"))


def test_the_schema_of_samples(state):
    done = run("--state-dir", state, "samples", "Eileen", "--json")
    assert shape(json.loads(done.stdout)) == shape(schema("samples"))


def test_the_schema_of_alike(tmp_path):
    run("--state-dir", tmp_path, "enrol", "Eileen", EILEEN)
    run("--state-dir", tmp_path, "enrol", "Joe", JOE)
    done = run("--state-dir", tmp_path, "alike", "--json", "--false-accept", "0.001")
    assert shape(json.loads(done.stdout)) == shape(schema("alike"))


def test_the_schemas_of_train_and_jobs(tmp_path):
    state = ("--state-dir", tmp_path)
    assert run(*state, "enrol", "Joe", JOE).returncode == 0
    documented = schema("train")
    assert shape(json.loads(run(*state, "train", "--json").stdout)) == shape(documented)
    listed, documented = json.loads(run(*state, "jobs", "--json").stdout), schema("jobs")
    assert listed[0].keys() == documented[0].keys()
    shown = json.loads(run(*state, "jobs", listed[0]["id"], "--json").stdout)
    assert shown.keys() == {*documented[0], "report"}


def test_the_schema_of_import(tmp_path):
    (tmp_path / "family" / "Joe").mkdir(parents=True)
    (tmp_path / "family" / "Joe" / "1.jpg").symlink_to(JOE)
    done = run("--state-dir", tmp_path / "state", "import", tmp_path / "family", "--json")
    assert shape(json.loads(done.stdout)) == shape(schema("import"))


def test_the_schema_of_doctor(state):
    done = run("--state-dir", state, "--set", "camera.source=demo", "doctor", "--json", "--settings")
    assert shape(json.loads(done.stdout)) == shape(schema("doctor"))


def test_the_schema_of_bench():
    found, documented = json.loads(run("bench", "--quick", "--json").stdout), schema("bench")
    assert found.keys() == documented.keys()
    # What there may be nothing of, on this machine.
    missing = {key for key in ("frame_to_mqtt", "advice", "left_out", "warnings") if not found[key]}
    assert all(shape(found[key]) == shape(documented[key]) for key in found.keys() - missing)
    names = {stage["name"] for stage in found["stages"]} | {path["shows"] for path in found["frame_path"]}
    assert names <= set(re.findall(r"`(\w+)`", DOCUMENTED["bench"]))


def test_the_schemas_of_evaluate(tmp_path):
    for name, picture in (("Eileen", EILEEN), ("Joe", JOE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").symlink_to(picture)
    pairs = tmp_path / "pairs.tsv"
    rows = ("0\t1\tJoe/1.jpg\tJoe/1.jpg", "0\t0\tEileen/1.jpg\tJoe/1.jpg")
    pairs.write_text("\n".join(("fold\tsame\ta\tb", *rows, *(row.replace("0", "1", 1) for row in rows), "")))
    found = json.loads(run("evaluate", tmp_path, "--json").stdout)
    assert found["recall_by_width_px"].keys() == found["recall_bounds"].keys() >= {"85"}
    widths = {"recall_by_width_px": {}, "recall_bounds": {}}
    assert shape({**found, **widths}) == shape({**schema("evaluate"), **widths})
    verified = json.loads(run("evaluate", tmp_path, "--pairs", pairs, "--json").stdout)
    about = schema("evaluate")["about"]
    missed = {"missed_pictures": []}
    assert shape({**verified, **missed}) == shape({**schema("evaluate", 1), **missed, "about": about})


def test_the_schemas_of_a_whole_evaluation():
    people, embeddings = crowd(people=120, pictures=4)
    plan, chain = Plan(people, open_set=True, detection=True), Crowd(embeddings)
    found = evaluate(plan, {"int8": chain, "float": chain}, load().settings, chain.picture).as_json()
    searched = {key: found[key] for key in ("comparisons", "open_set", "open_set_curves", "likeness")}
    searched["likeness"] |= {"inseparable": [[1, 2]], "matrix": [[1.0]]}  # nobody is, and they are too many
    assert shape(searched) == shape(schema("evaluate", 2))
    assert shape(found["agreement"]) == shape(schema("evaluate", 3)["agreement"])
    assert found["float"].keys() > schema("evaluate", 3)["float"].keys()


def test_what_a_stranger_is_called_for(state):
    face = json.loads(run("--state-dir", state, "identify", JOE, "--jsonl").stdout)["faces"][0]
    assert face["decision"]["person_id"] is None
    assert f"`{face['decision']['reason']}`" in DOCUMENTED["identify"]


def test_the_schema_of_visits():
    people, embeddings = crowd(people=1010, pictures=9)
    people = {name: own if number < 10 else own[-1:] for number, (name, own) in enumerate(people.items())}
    visits = {own[-1]: [Look(i / 5, 0.9, embeddings[own[-1]]) for i in range(4)] for own in people.values()}
    (report,) = evaluate_visits(people, embeddings, visits, load().settings)
    assert shape({"visits": [report.as_json()]}) == shape(schema("evaluate", 4))
