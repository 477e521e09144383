# SPDX-License-Identifier: Apache-2.0
"""Small networks by chance, built like the real ones."""

import numpy as np

from recipe.graph import PIXELS, Add, Conv, Graph, MaxPool, Node, Normalise, PadChannels, Prelu, Reshape, Resize

SIZE = 16


class Draft:
    """A graph in the making; each method gives the name of its node."""

    def __init__(self, seed):
        self.chance = np.random.default_rng(seed)
        self.nodes = []
        self.channels = {}
        self.first = self.add(Normalise(128.0), (PIXELS,), 3)

    def add(self, op, inputs, channels):
        name = f"n{len(self.nodes)}"
        self.nodes.append(Node(name, op, tuple(inputs)))
        self.channels[name] = channels
        return name

    def conv(self, source, channels=None, kernel=1, **more):
        """Dense with `channels`, else depthwise; its channels differ in size as those of real networks do."""
        depthwise = channels is None
        count = self.channels[source] if depthwise else channels
        shape = (1, kernel, kernel, count) if depthwise else (count, kernel, kernel, self.channels[source])
        weights = self.chance.normal(0, 1 / np.sqrt(shape[1] * shape[2] * (1 if depthwise else shape[3])), shape)
        op = Conv(weights, self.chance.normal(0, 0.3, count), depthwise, **more)
        return self.add(op.scaled_outputs(2 ** self.chance.uniform(-2, 2, count)), [source], count)

    def prelu(self, source):
        return self.add(Prelu(self.chance.uniform(-9, 9, self.channels[source])), [source], self.channels[source])

    def tie(self, op, *sources, channels=None):
        return self.add(op, sources, channels or self.channels[sources[0]])

    def graph(self, *outputs):
        return Graph(tuple(self.nodes), outputs, SIZE)


def pictures(seed, count=4):
    """Pictures (count, SIZE, SIZE, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (count, SIZE, SIZE, 3)).astype(np.uint8)


def embedder_like(seed):
    """PReLU, residuals, and 1x1 convolutions in a row, as MobileFaceNet has them."""
    draft = Draft(seed)
    x = draft.prelu(draft.conv(draft.first, 8, 3, stride=2))
    x = draft.prelu(draft.conv(x, kernel=3))
    x = draft.conv(x, 6)
    block = draft.prelu(draft.conv(draft.conv(x, 5), 12))
    block = draft.prelu(draft.conv(block, kernel=3))
    x = draft.tie(Add(), x, draft.conv(block, 6))
    x = draft.conv(draft.prelu(draft.conv(x, 10)), kernel=SIZE // 2, padding="valid")
    x = draft.conv(draft.conv(x, 9), 7)
    return draft.graph(draft.tie(Reshape((7,)), x, channels=7))


def detector_like(seed):
    """Pooling, padded channels, resizing and two heads, as BlazeFace has them."""
    draft = Draft(seed)
    x = draft.conv(draft.first, 8, 3, stride=2, activation="relu")
    fine = draft.tie(Add("relu"), x, draft.conv(draft.conv(x, kernel=3), 8))
    low = draft.conv(draft.conv(fine, kernel=3, stride=2), 12)
    low = draft.tie(Add("relu"), low, draft.tie(PadChannels(4), draft.tie(MaxPool(2), fine), channels=12))
    up = draft.tie(Resize(SIZE // 2, SIZE // 2), draft.conv(low, 8, activation="relu"))
    x = draft.tie(Add(), draft.conv(fine, 8, activation="relu"), up)
    cells = (SIZE // 2) ** 2
    boxes = draft.tie(Reshape((cells, 16)), draft.conv(x, 16, 3), channels=16)
    scores = draft.tie(Reshape((cells, 1)), draft.conv(x, 1, 3), channels=1)
    return draft.graph(boxes, scores)


def difference(found, wanted):
    """The largest difference between two runs of a network, in parts of the wanted outputs' largest value."""
    return max(abs(f - w).max() / abs(w).max() for f, w in zip(found, wanted, strict=True))
