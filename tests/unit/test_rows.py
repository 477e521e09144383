# SPDX-License-Identifier: Apache-2.0
import logging
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.gallery import coarse, rows
from daemon.gallery.rows import Rows, highest

D = 16


@pytest.fixture(params=["numpy", "faiss"], autouse=True, scope="module")
def way(request):
    """All of it in numpy, and all of it by way of the coarse rows but the last block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_BLOCK", 8)
        patch.setattr(rows, "_SPARE", 2)
        if request.param == "faiss":
            if not coarse.available():
                pytest.skip("there is no faiss, or too old a one")
            patch.setattr(rows, "LARGE", 8)
        yield request.param


def units(count, seed=0, width=D):
    drawn = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def every(held):
    return held.take(np.arange(len(held)))


def by_sorting(matrix, probe, k):
    """The reference: places and similarities of the k best, of equal ones the first."""
    similarities = matrix @ probe if len(matrix) else np.empty(0, np.float32)
    places = np.argsort(-similarities, kind="stable")[:k]
    return places, similarities[places]


def assert_exact(held, matrix, probe, k):
    found = held.nearest(probe, k)
    _, similarities = by_sorting(matrix, probe, k)
    np.testing.assert_allclose(found.similarities, similarities, atol=1e-6)
    np.testing.assert_allclose(matrix[found.places] @ probe, similarities, atol=1e-6)
    assert len(set(found.places.tolist())) == len(found.places)


def test_many_rows_are_held_coarsely_where_faiss_is(way):
    blocks = Rows.of(units(30))._blocks
    assert [bool(block.coarse) for block in blocks] == [way == "faiss"] * 3 + [False]
    assert not any(block.coarse for block in Rows.of(units(8))._blocks)


def test_no_rows_find_nothing():
    found = Rows().nearest(units(1)[0], 3)
    assert len(found.places) == len(found.similarities) == len(Rows().take(found.places)) == 0


@pytest.mark.parametrize("count", [1, 7, 8, 9, 64, 100, 700])
@pytest.mark.parametrize("k", [1, 2, 7, 50, 1000])
def test_the_nearest_are_those_that_sorting_gives(count, k):
    matrix = units(count)
    for probe in [*units(5, 1), matrix[0], -matrix[-1]]:
        assert_exact(Rows.of(matrix), matrix, probe, k)


@given(st.lists(st.sampled_from([*np.eye(4), *-np.eye(4), np.zeros(4)]), max_size=60), st.integers(1, 70))
def test_of_equally_similar_rows_the_first_come_first(vectors, k):
    matrix = np.array(vectors, np.float32).reshape(-1, 4)
    found = Rows.of(matrix).nearest(np.eye(4, dtype=np.float32)[1], k)
    places, similarities = by_sorting(matrix, np.eye(4, dtype=np.float32)[1], k)
    assert found.places.tolist() == places.tolist()
    assert found.similarities.tolist() == similarities.tolist()


@given(st.integers(1, 6), st.integers(1, 40), st.integers(1, 12), st.integers(0, 99))
def test_people_with_many_like_samples_crowd_nobody_out(people, samples, k, seed):
    faces = np.repeat(units(people, seed), samples, axis=0)
    matrix = faces + 0.02 * units(len(faces), seed + 1)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    assert_exact(Rows.of(matrix), matrix, matrix[seed % len(matrix)], k)


changes = st.lists(
    st.one_of(
        st.tuples(st.just("plus"), st.integers(1, 20)),
        st.tuples(st.just("put"), st.integers(0, 99)),
        st.tuples(st.just("without"), st.lists(st.integers(0, 99), max_size=30)),
    ),
    max_size=10,
)


@given(changes)
def test_any_changes_equal_those_of_a_plain_matrix(steps):
    held, matrix = Rows(), np.empty((0, D), np.float32)
    for seed, (change, what) in enumerate(steps):
        before, copy = held, matrix.copy()
        if change == "plus":
            held, matrix = held.plus(units(what, seed)), np.concatenate([matrix, units(what, seed)])
        elif change == "put" and len(matrix):
            place = what % len(matrix)
            held, matrix = held.put(place, units(1, seed)[0]), matrix.copy()
            matrix[place] = units(1, seed)[0]
        elif change == "without":
            places = np.array(sorted({place for place in what if place < len(matrix)}), np.intp)
            held, matrix = held.without(places), np.delete(matrix, places, axis=0)
        np.testing.assert_array_equal(every(before).reshape(copy.shape), copy)
        np.testing.assert_array_equal(every(held).reshape(matrix.shape), matrix)
        assert_exact(held, matrix, units(1, 99)[0], 5)
        assert all(block.vectors.flags.f_contiguous for block in held._blocks)


def test_rows_are_taken_in_any_order():
    matrix = units(30)
    places = np.array([29, 0, 8, 8, 7, 15, 16])
    np.testing.assert_array_equal(Rows.of(matrix).take(places), matrix[places])


def test_whoever_gave_the_vectors_may_change_them():
    matrix = units(1)
    held, kept = Rows.of(matrix), matrix.copy()
    matrix[:] = 0
    np.testing.assert_array_equal(every(held), kept)


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (lambda held: held.put(9, units(1)[0]), 1),
        (lambda held: held.without(np.array([17])), 2),
        (lambda held: held.plus(units(1)), 5),
    ],
)
def test_a_change_shares_what_it_does_not_touch(change, touched):
    held = Rows.of(units(40))
    shared = {id(block.vectors) for block in held._blocks}
    assert [n for n, block in enumerate(change(held)._blocks) if id(block.vectors) not in shared] == [touched]


@pytest.mark.skipif(not coarse.available(), reason="there is no faiss, or too old a one")
@given(st.integers(1, 200), st.integers(1, 20), st.integers(0, 99), st.sampled_from(["", "matrix", "probe"]))
def test_bounds_never_lie(count, k, seed, exact):
    matrix = np.eye(192, dtype=np.float32)[:count] if exact == "matrix" else units(count, seed, 192)
    probe = np.eye(192, dtype=np.float32)[seed] if exact == "probe" else units(1, seed + 1, 192)[0]
    found = coarse.Coarse(matrix).bounds(coarse.Probe(probe), k)
    true = matrix @ probe
    assert (true[found.places] <= found.highest).all()
    assert (np.delete(true, found.places) <= found.highest[-1]).all()
    assert (found.highest <= true[found.places] + 0.05).all()


@pytest.mark.parametrize("size", [1, 5, 64, 6400])
@pytest.mark.parametrize("k", [1, 7, 100])
def test_the_highest_are_those_that_sorting_gives(size, k):
    values = np.random.default_rng(size).integers(-50, 50, size).astype(np.float32)
    assert highest(values, k).tolist() == np.argsort(-values, kind="stable")[:k].tolist()


@pytest.fixture
def looked_for_anew():
    coarse._faiss.cache_clear()
    yield
    coarse._faiss.cache_clear()


@pytest.mark.usefixtures("looked_for_anew")
def test_without_faiss_the_search_goes_on_and_says_once_what_is_to_be_had(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(rows, "LARGE", 8)
    caplog.set_level(logging.INFO)
    matrix = units(40)
    for k in (1, 7):
        assert_exact(Rows.of(matrix), matrix, matrix[3], k)
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "extra `large`" in caplog.text


def fail(_):
    raise ImportError("libgomp.so.1: cannot open shared object file")


@pytest.mark.usefixtures("looked_for_anew")
@pytest.mark.parametrize(
    ("module", "said"),
    [
        (fail, "libgomp.so.1"),
        (lambda _: types.SimpleNamespace(ScalarQuantizer=object(), __version__="1.7.3"), "faiss 1.7.3 is too old"),
    ],
)
def test_a_faiss_that_is_of_no_use_is_said_and_done_without(monkeypatch, caplog, module, said):
    monkeypatch.setattr(coarse, "importlib", types.SimpleNamespace(import_module=module))
    monkeypatch.setattr(rows, "LARGE", 8)
    matrix = units(40)
    assert_exact(Rows.of(matrix), matrix, matrix[3], 7)
    assert said in caplog.text
