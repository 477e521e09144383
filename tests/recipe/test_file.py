# SPDX-License-Identifier: Apache-2.0

"""What the recipe writes, the runtime runs; what it reads is what the runtime runs."""

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="the schema of the files is in ai-edge-litert")

from ai_edge_litert.interpreter import Interpreter
from support_networks import detector_like, difference, embedder_like, pictures

from recipe.equalise import Strength, equalise
from recipe.flatfile import FlatFile
from recipe.forward import run
from recipe.graph import Conv
from recipe.pixels import centre_pixels
from recipe.prelu import split_prelu
from recipe.quantise import activation_scale, correct_bias, quantise, simulate
from recipe.ranges import Range, observe, rounded
from recipe.reader import read
from recipe.writer import float_file, int8_file


def in_runtime(content, *inputs):
    """The outputs of a file for one picture after the other, largest last dimension first, stacked."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (entry,) = interpreter.get_input_details()
    outputs = sorted(interpreter.get_output_details(), key=lambda d: -d["shape"][-1])
    rows = []
    for picture in inputs:
        interpreter.set_tensor(entry["index"], picture)
        interpreter.invoke()
        rows.append([interpreter.get_tensor(d["index"]) for d in outputs])
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def as_inputs(shots):
    return [shot[np.newaxis] for shot in shots]


def ready(graph, strength=0.5):
    """A graph as it stands before it is quantised, and its ranges."""
    graph = split_prelu(equalise(graph, observe(graph, pictures(0)), Strength(strength, strength)))
    graph = centre_pixels(graph)
    return graph, observe(graph, pictures(0, 16))


@pytest.mark.parametrize("build", [embedder_like, detector_like])
@pytest.mark.parametrize("seed", range(3))
def test_a_float_file_computes_the_graph(build, seed):
    graph = build(seed)
    shots = pictures(seed)
    # Half a unit in the last place of float16 is 5e-4.
    assert difference(in_runtime(float_file(graph), *as_inputs(shots)), run(graph, shots)) < 5e-3


@pytest.mark.parametrize("build", [embedder_like, detector_like])
@pytest.mark.parametrize("kept", [False, True])
def test_an_int8_file_computes_what_the_simulation_says(build, kept):
    graph, ranges = ready(build(1))
    heads = frozenset(graph.outputs) | {n.name for n in graph.heads()} if kept else frozenset()
    quantised = quantise(graph, ranges, heads)
    shots = pictures(0)
    said, wanted = simulate(quantised, shots), run(graph, shots)
    found = in_runtime(int8_file(quantised), *as_inputs(shots))
    assert difference(said, wanted) < 0.1
    for s, f, w in zip(said, found, wanted, strict=True):
        # They differ by how they round, and by less than eight bits differ from float.
        assert np.sqrt(((s - f) ** 2).mean()) < 0.02 * abs(w).max()


def test_a_file_is_the_same_each_time():
    graph, ranges = ready(embedder_like(4))
    assert int8_file(quantise(graph, ranges)) == int8_file(quantise(graph, ranges))


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.5, 2.0), (-4.0, -1.0), (0.0, 0.0)])
def test_a_scale_holds_zero_and_the_range(low, high):
    scale = activation_scale(Range(np.array([low]), np.array([high])))
    step = float(scale.steps[0])
    assert -128 <= scale.zero <= 127
    assert (-128 - scale.zero) * step <= min(low, 0) + step
    assert (127 - scale.zero) * step >= max(high, 0) - step


def test_integers_are_within_half_a_step_of_the_weights():
    graph, ranges = ready(detector_like(2))
    quantised = quantise(graph, ranges)
    for name, numbers in quantised.convs.items():
        weights = graph[name].op.weights
        steps = numbers.steps.reshape((1, 1, 1, -1) if graph[name].op.depthwise else (-1, 1, 1, 1))
        assert (abs(numbers.weights * steps - weights) <= 0.501 * steps).all()


def test_corrected_biases_bring_the_means_nearer():
    graph, ranges = ready(embedder_like(6), strength=0)
    shots = pictures(0, 16)
    quantised = quantise(graph, ranges)
    (wanted,) = run(graph, shots)
    (before,), (after,) = simulate(quantised, shots), simulate(correct_bias(quantised, shots), shots)
    assert abs((after - wanted).mean(0)).mean() < 0.5 * abs((before - wanted).mean(0)).mean()


def test_values_of_few_bits_hide_the_last_digits():
    values = np.random.default_rng(0).uniform(-5, 5, 1000)
    assert (rounded(values * (1 + 1e-13)) == rounded(values)).all()
    assert abs(rounded(values) / values - 1).max() <= 2**-8


def spelt_out(batch, kind="RELU"):
    """A file with what one of the sources has of its own: a batch of two, and PReLU in five steps."""
    chance = np.random.default_rng(0)
    file = FlatFile()
    image = file.tensor("image", "float32", [batch, 8, 8, 3])
    weights = file.constant("w", chance.normal(0, 1, (4, 3, 3, 3)).astype(np.float16))
    loaded, bias = file.tensor("wf", "float32", [4, 3, 3, 3]), file.constant("b", np.ones(4, np.float32))
    file.operator("DEQUANTIZE", 3, [weights], loaded)
    names = ("z", "relu", "abs", "sub", "mul", "add")
    z, relu, size, less, half, out = (file.tensor(n, "float32", [batch, 4, 4, 4]) for n in names)
    options = {"strideH": 2, "strideW": 2}
    file.operator("CONV_2D", 1, [image, loaded, bias], z, ("Conv2DOptions", options))
    file.operator(kind, 1, [z], relu)
    file.operator("ABS", 1, [z], size)
    file.operator("SUB", 1, [z, size], less, ("SubOptions", {}))
    slope = file.constant("slope", np.array([0.5, -3, 4, 0.1], np.float32))
    file.operator("MUL", 1, [slope, less], half, ("MulOptions", {}))
    file.operator("ADD", 1, [relu, half], out, ("AddOptions", {}))
    return file.finish([image], [out])


def test_prelu_spelt_out_is_read_as_one():
    content = spelt_out(batch=2)
    graph = read(content, half=128.0)
    shots = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3)).astype(np.uint8)
    assert [type(n.op).__name__ for n in graph.nodes] == ["Normalise", "Conv", "Prelu"]
    found = in_runtime(content, ((shots - 127.5) / 128).astype(np.float32))
    assert difference(run(graph, shots), found) < 1e-4


def test_what_is_not_understood_is_refused_by_name():
    with pytest.raises(ValueError, match="A TANH of this form is not understood"):
        read(spelt_out(batch=1, kind="TANH"), half=128.0)


def test_bytes_of_constants_are_aligned():
    """The schema demands it, and the kernels of some machines rely on it."""
    weights = next(n.op.weights for n in detector_like(0).nodes if isinstance(n.op, Conv)).astype(np.float16)
    assert float_file(detector_like(0)).index(weights.tobytes()) % 16 == 0
