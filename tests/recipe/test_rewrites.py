# SPDX-License-Identifier: Apache-2.0
"""Each rewrite leaves what the network computes as it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_networks import Draft, detector_like, difference, embedder_like, pictures

from recipe.equalise import Strength, equalise
from recipe.fold import fold_linear
from recipe.forward import run
from recipe.graph import Add, Conv, Normalise, Prelu
from recipe.heads import BOX_UNITS, rescale_heads
from recipe.pixels import centre_pixels
from recipe.prelu import split_prelu
from recipe.ranges import observe

EXACT = 1e-4
seeds = st.integers(0, 2**32 - 1)
networks = st.builds(lambda build, seed: build(seed), st.sampled_from([embedder_like, detector_like]), seeds)
quick = settings(max_examples=25, deadline=None)


@quick
@given(networks, seeds)
def test_folding(graph, seed):
    folded = fold_linear(graph)
    assert difference(run(folded, pictures(seed)), run(graph, pictures(seed))) < EXACT


def test_folding_takes_each_pair_and_nothing_else():
    assert len(fold_linear(embedder_like(1)).nodes) == len(embedder_like(1).nodes) - 2
    assert len(fold_linear(detector_like(1)).nodes) == len(detector_like(1).nodes)


def test_one_with_an_activation_is_not_folded():
    draft = Draft(0)
    graph = draft.graph(draft.conv(draft.conv(draft.first, 4, activation="relu"), 4))
    assert fold_linear(graph) is graph


def test_what_another_reads_as_well_is_not_folded():
    draft = Draft(0)
    shared = draft.conv(draft.first, 4)
    graph = draft.graph(draft.tie(Add(), shared, draft.conv(shared, 4)))
    assert fold_linear(graph) is graph


@quick
@given(networks, seeds, st.floats(0, 1), st.floats(0, 1))
def test_equalising(graph, seed, alone, tied):
    equal = equalise(graph, observe(graph, pictures(seed)), Strength(alone, tied))
    assert difference(run(equal, pictures(seed)), run(graph, pictures(seed))) < EXACT


@pytest.mark.parametrize("build", [embedder_like, detector_like])
def test_equal_channels_are_more_alike(build):
    def spread(graph):
        sizes = [
            found.size for name, found in observe(graph, pictures(0)).items() if isinstance(graph[name].op, Conv)
        ]
        return np.mean([np.log(size + 1e-3).std() for size in sizes])

    graph = build(3)
    assert spread(equalise(graph, observe(graph, pictures(0)), Strength(1, 1))) < 0.8 * spread(graph)


def test_what_is_cut_at_a_fixed_value_is_not_scaled():
    draft = Draft(0)
    cut = draft.conv(draft.first, 4, activation="relu6")
    graph = draft.graph(draft.conv(cut, 4))
    graph = graph.with_ops({cut: graph[cut].op.scaled_outputs(np.full(4, 20.0))})
    equal = equalise(graph, observe(graph, pictures(0)), Strength(1, 1))
    assert difference(run(equal, pictures(0)), run(graph, pictures(0))) < EXACT


def test_a_channel_that_is_always_zero_stays_finite():
    graph = detector_like(5)
    name, op = next((n.name, n.op) for n in graph.nodes if isinstance(n.op, Conv) and not n.op.depthwise)
    keep = np.arange(len(op.bias)) > 0
    graph = graph.with_ops({name: op.scaled_outputs(keep.astype(float))})
    equal = equalise(graph, observe(graph, pictures(0)), Strength(1, 1))
    assert difference(run(equal, pictures(0)), run(graph, pictures(0))) < EXACT


@quick
@given(seeds, seeds)
def test_splitting_prelu(network, seed):
    graph = embedder_like(network)
    split = split_prelu(graph)
    assert not any(isinstance(node.op, Prelu) for node in split.nodes)
    assert difference(run(split, pictures(seed)), run(graph, pictures(seed))) < EXACT


def test_no_part_of_a_split_prelu_is_steeper_than_its_convolution():
    """What made int8 of this network useless: slopes up to 9 before a sum that takes them back."""
    graph = embedder_like(2)
    split = split_prelu(graph)
    for node in graph.nodes:
        if isinstance(node.op, Prelu):
            (source,) = node.inputs
            straight = split[f"{node.name}/straight"].op
            assert (
                abs(straight.weights).max(axis=(1, 2)) <= 1.0001 * abs(graph[source].op.weights).max((1, 2))
            ).all()


@quick
@given(seeds, seeds)
def test_rescaling_the_heads(network, seed):
    graph = detector_like(network)
    boxes, scores = run(graph, pictures(seed))
    new_boxes, new_scores = run(rescale_heads(graph), pictures(seed))
    assert difference([new_boxes * BOX_UNITS], [np.clip(boxes, -BOX_UNITS, BOX_UNITS)]) < EXACT
    assert difference([2 * (new_scores - 3)], [np.clip(scores, -6, 6)]) < EXACT


@quick
@given(networks, seeds)
def test_pixels_around_128_inside_the_picture(graph, seed):
    """The first convolution tells the difference only where it reads padding."""

    def first(graph):
        head = next(node for node in graph.nodes if isinstance(node.op, Conv))
        part = type(graph)(graph.nodes[: graph.nodes.index(head) + 1], (head.name,), graph.size)
        return run(part, pictures(seed))[0][:, :-1, :-1]

    assert difference([first(centre_pixels(graph))], [first(graph)]) < EXACT
    assert [n.op.zero for n in centre_pixels(graph).nodes if isinstance(n.op, Normalise)] == [128]
