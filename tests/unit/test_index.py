# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.gallery.index import Index

D = 16


def units(count, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def every(rows):
    return rows.take(np.arange(len(rows)))


def contents(index):
    """What an index holds, whatever the order of its rows."""
    rows = zip(index.owners.tolist(), every(index.samples), strict=True)
    return sorted((index.person_ids[owner], row.tobytes()) for owner, row in rows)


def prototypes(index):
    return dict(zip(index.person_ids, every(index.prototypes), strict=True))


def assert_same(one, other):
    assert contents(one) == contents(other)
    assert prototypes(one).keys() == prototypes(other).keys()
    for person_id, prototype in prototypes(one).items():
        np.testing.assert_allclose(prototype, prototypes(other)[person_id], atol=1e-6)


def test_an_empty_index_finds_nothing():
    index = Index.build([], np.empty((0, 0), np.float32))
    assert len(index) == 0
    for found in (index.search(units(1)[0], 5), index.search_people(units(1)[0], 5)):
        assert len(found.people) == len(found.similarities) == 0
    assert len(index.samples_of("a")) == 0
    assert index.without("a") is index


@pytest.mark.parametrize("k", [1, 2, 7, 99, 100, 1000])
def test_search_is_exact(k):
    vectors, probe = units(100), units(1, 1)[0]
    owners = [f"p{row % 10}" for row in range(100)]
    index = Index.build(owners, vectors)
    found = index.search(probe, k)
    order = np.argsort(-(vectors @ probe))[:k]
    np.testing.assert_allclose(found.similarities, (vectors @ probe)[order], atol=1e-6)
    assert [index.person_ids[place] for place in found.people] == [owners[row] for row in order]


def test_a_sample_finds_itself_first():
    vectors = units(50)
    index = Index.build([f"p{row}" for row in range(50)], vectors)
    found = index.search(vectors[31], 3)
    assert index.person_ids[found.people[0]] == "p31"
    assert found.similarities[0] == pytest.approx(1, abs=1e-6)


def test_a_prototype_is_the_unit_mean():
    vectors = units(5)
    index = Index.build(["a", "b", "a", "a", "b"], vectors)
    mean = vectors[[0, 2, 3]].mean(axis=0)
    np.testing.assert_allclose(prototypes(index)["a"], mean / np.linalg.norm(mean), atol=1e-6)
    found = index.search_people(prototypes(index)["b"], 1)
    assert index.person_ids[found.people[0]] == "b"
    assert found.similarities[0] == pytest.approx(1, abs=1e-6)


def test_opposite_samples_have_no_prototype_and_are_similar_to_nothing():
    vector = units(1)
    index = Index.build(["a", "a"], np.concatenate([vector, -vector]))
    assert index.search_people(vector[0], 1).similarities.tolist() == [0]


def test_more_samples_of_a_person_are_as_if_they_had_been_there():
    old, new = units(20), units(3, 1)
    owners = [f"p{row % 4}" for row in range(20)]
    grown = Index.build(owners, old).plus("p2", new)
    assert_same(grown, Index.build([*owners, "p2", "p2", "p2"], np.concatenate([old, new])))
    assert_same(
        grown.plus("p9", new), Index.build([*owners, *["p2"] * 3, *["p9"] * 3], np.concatenate([old, new, new]))
    )


def test_the_first_person_makes_the_index():
    assert_same(Index.empty().plus("a", units(2)), Index.build(["a", "a"], units(2)))


def test_no_samples_change_nothing():
    index = Index.build(["a"], units(1))
    assert index.plus("b", index.samples_of("b")) is index


def test_a_person_taken_out_is_gone():
    vectors = units(6)
    index = Index.build(["a", "b", "c", "a", "b", "c"], vectors).without("b")
    assert_same(index, Index.build(["a", "c", "a", "c"], vectors[[0, 2, 3, 5]]))
    found = index.search(vectors[1], 6)
    assert {index.person_ids[place] for place in found.people} == {"a", "c"}


def test_the_last_person_taken_out_leaves_it_empty():
    index = Index.build(["a", "a"], units(2)).without("a")
    assert len(index) == 0
    assert index.person_ids == ()
    assert_same(index.plus("b", units(1)), Index.build(["b"], units(1)))


def test_a_change_leaves_the_index_that_it_was_made_from():
    index = Index.build(["a", "b"], units(2))
    before = contents(index), {person_id: row.copy() for person_id, row in prototypes(index).items()}
    index.plus("a", units(3, 1))
    index.plus("c", units(3, 2))
    index.without("a")
    assert contents(index) == before[0]
    for person_id, row in prototypes(index).items():
        np.testing.assert_array_equal(row, before[1][person_id])


steps = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=12)


@given(steps)
def test_any_growing_and_shrinking_equals_building_anew(changes):
    index, model = Index.empty(), {}
    for seed, (person_id, count) in enumerate(changes):
        if count:
            vectors = units(count, seed)
            index = index.plus(person_id, vectors)
            model.setdefault(person_id, []).extend(vectors)
        else:
            index = index.without(person_id)
            model.pop(person_id, None)
    owners = [person_id for person_id, rows in model.items() for _ in rows]
    rows = [row for rows in model.values() for row in rows]
    assert_same(index, Index.build(owners, np.array(rows, np.float32).reshape(-1, D)))


def test_some_people_are_as_similar_as_among_all(monkeypatch):
    monkeypatch.setattr("daemon.gallery.index._PART", 3)
    owners = [f"p{i % 11}" for i in range(40)]
    index, probe = Index.build(owners, units(40)), units(1, seed=5)[0]
    everyone = dict(index.nearest_people(probe, 11, index.search(probe, 7)).best(11))
    wanted = {f"p{i}" for i in range(0, 11, 2)} | {"nobody"}
    found = index.of_people(probe, wanted)
    assert found.similarities.tolist() == sorted(found.similarities.tolist(), reverse=True)
    assert {index.person_ids[place] for place in found.people.tolist()} == wanted - {"nobody"}
    assert dict(found.best(11)) == pytest.approx(
        {place: everyone[place] for place in found.people.tolist()}, abs=1e-6
    )
    assert index.of_people(probe, {"nobody"}).best(3) == Index.empty().of_people(probe, wanted).best(3) == []
