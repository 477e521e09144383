# SPDX-License-Identifier: Apache-2.0
"""The chain from pixels to embeddings, on the real models."""

import hashlib
import itertools
import shutil
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import load
from daemon.errors import ModelMismatch, ModelRefused
from daemon.types import Box, Embedding, Frame, Photo
from daemon.vision import Scene, Vision, canary, check_golden, decode, load_manifest, models_folder
from daemon.vision.align import Similarity, align
from daemon.vision.detector import Detector, blend
from daemon.vision.detector import decode as decode_outputs
from daemon.vision.runtime import Model
from daemon.vision.sampling import Square, sample

ASTRONAUT = skimage.data.astronaut()
FACES = Path(__file__).parents[3] / "shared" / "faces"
NOT_FACES = [
    "brick", "cell", "chelsea", "clock", "coffee", "coins", "colorwheel", "grass", "gravel", "horse",
    "hubble_deep_field", "immunohistochemistry", "logo", "microaneurysms", "moon", "page", "retina", "rocket",
    "shepp_logan_phantom", "stereo_motorcycle", "text",
]  # fmt: skip
"""Of scikit-image's pictures those without a person; its camera shows a man in profile."""


@pytest.fixture(scope="module")
def vision() -> Vision:
    return Vision.load(models_folder(), load().settings)


def rgb(picture: np.ndarray) -> np.ndarray:
    picture = np.asarray(picture)
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * 255
    elif picture.dtype != np.uint8:
        picture = (255 * picture / picture.max()).astype(np.uint8)
    if picture.ndim == 2:
        picture = np.dstack([picture] * 3)
    return np.ascontiguousarray(picture[:, :, :3])


def frame(pixels: np.ndarray, lores: np.ndarray | None = None) -> Frame:
    return Frame(pixels, 0, 0.0, datetime(2026, 11, 21, tzinfo=UTC), lores=lores)


def glance(vision, shown):
    return vision.glance(shown, vision.view(shown))


def test_one_face_with_its_parts_in_their_places(vision):
    (face,) = vision.analyse(ASTRONAUT)
    box, points = face.detection.box, face.detection.landmarks
    assert box.iou(Box(172, 64, 110, 110)) > 0.8
    assert points.left_eye.x < points.nose.x < points.right_eye.x
    assert points.left_eye.y < points.nose.y < points.mouth.y
    assert face.quality > 0.8
    assert np.linalg.norm(face.embedding.vector) == pytest.approx(1, abs=1e-5)
    assert face.embedding.vector.shape == (192,)


@pytest.mark.parametrize("name", NOT_FACES)
def test_no_face_where_there_is_none(vision, name):
    picture = getattr(skimage.data, name)()
    for part in picture[:2] if name == "stereo_motorcycle" else [picture]:
        assert vision.analyse(rgb(part)) == []
        assert vision.detect(rgb(part)) == []


@pytest.mark.parametrize(
    "pixels", [np.zeros((1, 1, 3)), np.zeros((1, 4000, 3)), np.full((480, 640, 3), 255), np.zeros((3000, 2, 3))]
)
def test_odd_shapes_have_no_face(vision, pixels):
    assert vision.analyse(pixels.astype(np.uint8)) == []


def test_every_face_of_a_group(vision):
    if not FACES.is_dir():
        pytest.skip("no ../shared/faces")
    path = FACES / "family" / "identification1.jpg"
    faces = vision.analyse(decode(Photo(path.name, path.read_bytes())))
    assert len(faces) == 4
    assert [f.detection.box.area for f in faces] == sorted((f.detection.box.area for f in faces), reverse=True)


def test_the_same_person_is_nearer_than_another(vision):
    if not FACES.is_dir():
        pytest.skip("no ../shared/faces")

    def embedding(name):
        path = FACES / "family" / name
        return vision.analyse(decode(Photo(name, path.read_bytes())))[0].embedding

    mother, again, father = map(embedding, ("Family1-Mom1.jpg", "Family1-Mom2.jpg", "Family1-Dad1.jpg"))
    assert mother.similarity(again) > 0.5 > mother.similarity(father)


def test_a_small_face_is_found_by_the_second_look_at_its_full_resolution(vision):
    small = cv2.resize(ASTRONAUT, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    scene = np.full((480, 640, 3), 90, np.uint8)
    scene[100:356, 200:456] = small
    (face,) = vision.detect(scene)
    assert face.box.w == pytest.approx(55, rel=0.15)
    (large,) = vision.analyse(ASTRONAUT)
    assert vision.embed(vision.portray(scene, face)).embedding.similarity(large.embedding) > 0.8


@pytest.mark.parametrize("corner", [(0, 0), (0, 512), (512, 0), (512, 512)])
def test_a_face_at_the_edge(vision, corner):
    y, x = corner
    scene = np.full((640, 640, 3), 90, np.uint8)
    face = ASTRONAUT[54:182, 162:290]
    scene[y : y + 128, x : x + 128] = face
    assert len(vision.detect(scene)) == 1


def test_the_lores_picture_is_enough_to_notice_a_face(vision):
    scene = cv2.resize(ASTRONAUT[:384], (1280, 960))
    lores = cv2.resize(scene, (320, 240), interpolation=cv2.INTER_AREA)
    (by_main,) = glance(vision, frame(scene))
    (by_lores,) = glance(vision, frame(scene, lores))
    assert by_main.box.iou(by_lores.box) > 0.8
    assert float(by_main.thumbnail @ by_lores.thumbnail) > 0.95
    confirmed = vision.confirm(scene, by_lores.detection)
    assert confirmed is not None
    assert confirmed.box.iou(by_main.box) > 0.8


def test_tiles_find_faces_that_are_small():
    tiled = Vision.load(models_folder(), load(None, ["detector.tiles=true"]).settings)
    plain = Vision.load(models_folder(), load().settings)
    tiny = cv2.resize(ASTRONAUT, None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA)
    scene = np.full((480, 640, 3), 90, np.uint8)
    scene[300:392, 480:572] = tiny
    assert len(plain.detect(scene)) == 0
    (face,) = tiled.detect(scene)
    assert face.box.iou(Box(511, 311, 20, 20)) > 0.4


def scene_with(name: str, width: int, left: int, top: int) -> np.ndarray:
    """A frame with one of the demo's people in it, the picture `width` wide."""
    path = models_folder() / "demo" / name
    picture = decode(Photo(name, path.read_bytes()))
    scale = width / picture.shape[1]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[: 480 - top]
    scene = np.full((480, 640, 3), 90, np.uint8)
    scene[top : top + len(small), left : left + small.shape[1]] = small
    return scene


@pytest.mark.parametrize("width", [220, 300, 440])
def test_a_thumbnail_tells_faces_apart_and_bears_movement(vision, width):
    def thumbnail(name, left, top, light=0):
        scene = np.clip(scene_with(name, width, left, top).astype(int) + light, 0, 255).astype(np.uint8)
        return max(glance(vision, frame(scene)), key=lambda c: c.detection.score).thumbnail

    one = thumbnail("eileen-collins.jpg", 100, 20)
    assert float(one @ thumbnail("eileen-collins.jpg", 100, 20, light=20)) > 0.75
    assert float(one @ thumbnail("eileen-collins.jpg", 107, 25)) > 0.75
    for other in ("barack-obama.jpg", "joe-biden.jpg"):
        assert float(one @ thumbnail(other, 100, 20)) < 0.75


class TestScene:
    @pytest.fixture
    def changed(self):
        scene = Scene()
        random = np.random.default_rng(3)

        def changed(pixels, noise=0.0):
            noisy = np.clip(pixels + random.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)
            return scene.has_changed(sample(noisy, Square.around(640, 480), 192).pixels)

        return changed

    def test_noise_is_no_change(self, changed):
        picture = scene_with("eileen-collins.jpg", 300, 100, 20)
        assert changed(picture)
        assert not any(changed(picture, noise=10) for _ in range(20))

    @pytest.mark.parametrize("width", [150, 300])
    def test_a_person_who_comes_or_goes_is(self, changed, width):
        empty = np.full((480, 640, 3), 90, np.uint8)
        changed(empty, noise=10)
        assert changed(scene_with("joe-biden.jpg", width, 300, 100), noise=10)
        assert changed(empty, noise=10)

    def test_light_that_fades_slowly_is_one_now_and_then(self, changed):
        seen = [changed(np.full((480, 640, 3), 200 - i, np.uint8)) for i in range(60)]
        assert 5 <= sum(seen) <= 12


class TestGolden:
    def test_it_passes_on_what_is_shipped(self, vision):
        check_golden(vision)

    @pytest.mark.parametrize("fault", ["colour order", "noise", "shift"])
    def test_it_catches(self, vision, fault, monkeypatch):
        def spoiled(photo):
            pixels = decode(photo)
            if fault == "colour order":
                return np.ascontiguousarray(pixels[:, :, ::-1])
            if fault == "shift":
                return np.roll(pixels, 12, axis=1)
            noise = np.random.default_rng(0).normal(0, 60, pixels.shape)
            return np.clip(pixels + noise, 0, 255).astype(np.uint8)

        monkeypatch.setattr("daemon.vision.golden.decode", spoiled)
        with pytest.raises(ModelRefused, match="golden picture"):
            check_golden(vision)

    def test_it_catches_no_face(self, vision, monkeypatch):
        monkeypatch.setattr("daemon.vision.golden.decode", lambda _: np.zeros((240, 240, 3), np.uint8))
        with pytest.raises(ModelRefused, match="0 faces"):
            check_golden(vision)

    def test_models_that_are_damaged_while_they_run_are_found_without_the_disk(self, monkeypatch):
        shift = 0
        vision = Vision.load(
            models_folder(),
            load().settings,
            lambda model: lambda pixels: tuple(np.roll(output, shift, axis=-1) for output in model(pixels)),
        )
        check = canary(vision)
        monkeypatch.setattr("daemon.vision.manifest.Path.read_bytes", None)
        check()
        shift = 1
        with pytest.raises(ModelRefused, match="no longer see what they should"):
            check()


class TestManifest:
    @pytest.fixture
    def models(self, tmp_path):
        for path in models_folder().iterdir():
            if path.is_file():
                shutil.copy(path, tmp_path)
        return tmp_path

    @pytest.mark.parametrize("name", ["blazeface_full_int8.tflite", "mobilefacenet_int8.tflite", "golden.png"])
    def test_a_file_that_differs_is_refused(self, models, name):
        data = bytearray((models / name).read_bytes())
        data[len(data) // 2] ^= 1
        (models / name).write_bytes(data)
        with pytest.raises(ModelRefused, match=name):
            check_golden(Vision.load(models, load().settings))

    def test_a_missing_file_is_refused(self, models):
        (models / "mobilefacenet_int8.tflite").unlink()
        with pytest.raises(ModelRefused, match="no int8 file of mobilefacenet"):
            Vision.load(models, load().settings)

    def test_a_missing_file_of_the_other_precision_is_not_needed(self, models):
        (models / "mobilefacenet_float.tflite").unlink()
        check_golden(Vision.load(models, load().settings))
        assert list(load_manifest(models).embedder.files) == ["int8"]

    @pytest.mark.parametrize("text", ["", "[detector", "[detector]\nid = 'x'"])
    def test_a_broken_manifest_is_refused(self, models, text):
        (models / "manifest.toml").write_text(text)
        with pytest.raises(ModelRefused, match=r"manifest\.toml"):
            load_manifest(models)

    def test_a_model_of_another_kind_is_refused(self, models):
        manifest = models / "manifest.toml"
        detector, embedder = (
            f'file = "{path.name}"\nsha256 = "{hashlib.sha256(path.read_bytes()).hexdigest()}"'
            for path in (models / "blazeface_full_int8.tflite", models / "mobilefacenet_int8.tflite")
        )
        text = manifest.read_text()
        assert detector in text
        assert embedder in text
        manifest.write_text(text.replace(detector, "swap").replace(embedder, detector).replace("swap", embedder))
        with pytest.raises(ModelRefused, match="as its manifest says"):
            Vision.load(models, load().settings)

    def test_a_file_that_is_no_model_is_refused(self, tmp_path):
        (tmp_path / "m.tflite").write_bytes(b"not a model" * 100)
        with pytest.raises(ModelRefused, match="cannot be loaded"):
            Model(tmp_path / "m.tflite", (192, 192, 3))


def test_embeddings_of_two_models_are_not_compared():
    one, two = (Embedding(np.ones(4, np.float32) / 2, name) for name in "ab")
    with pytest.raises(ModelMismatch):
        one.similarity(two)
    assert one.similarity(one) == pytest.approx(1)


@given(st.floats(-np.pi, np.pi), st.floats(0.2, 5), st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_a_similarity_transform_is_found_again(angle, scale, shift):
    source = np.array([[30.0, 50], [70, 52], [51, 75], [50, 95]])
    rotation = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = Similarity.between(source.tolist(), (source @ rotation.T + shift).tolist())
    assert np.allclose(
        [[found.a, -found.b, found.dx], [found.b, found.a, found.dy]], np.column_stack([rotation, shift])
    )


@pytest.mark.parametrize("scale", [0.4, 1, 1.3, 2.5, 3.5, 9])
@pytest.mark.parametrize("shift", [(0, 0), (3, 6), (10.5, 4.25)])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_crop_has_every_point_where_the_template_says(scale, shift, axis):
    template = load_manifest(models_folder()).template
    spots = (np.array([[40.0, 40], [70, 42], [54, 58], [55, 76]]) - 55) * scale + 55 * scale + shift
    shape = int(130 * scale) + 11, int(120 * scale) + 17
    # Red grows along the axis and green falls: what rounding adds is the same in both, what a slip adds is not.
    length = shape[1 - axis]
    ramp = np.broadcast_to(
        ((np.arange(length) + 0.5) / length * 255).reshape((1, -1) if axis == 0 else (-1, 1)), shape
    )
    picture = np.dstack([ramp, 255 - ramp, np.zeros(shape)]).round().astype(np.uint8)
    crop = align(picture, spots.tolist(), template, 112).astype(float)
    place = Similarity.between(spots.tolist(), template)
    slips = []
    for u, v in itertools.product(range(30, 90, 7), range(40, 100, 7)):
        there = place.origin_of(u + 0.5, v + 0.5)[axis] / length * 255
        red, green, _ = crop[v, u]
        slips.append(((red - there) - (green - (255 - there))) / 2)
    half_a_pixel_of_the_crop = 0.5 / place.scale / length * 255
    assert abs(np.mean(slips)) < half_a_pixel_of_the_crop / 5


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_transform_of_a_cut_and_halved_picture_goes_to_the_same_places(times):
    whole = Similarity.between([(10, 12), (60, 15), (35, 50)], [(5, 5), (40, 9), (21, 33)])
    part = whole.of_shifted(8, 16).of_halved(times)
    for x, y in [(8, 16), (24, 40), (57, 90)]:
        u, v = (x - 8) / 2**times, (y - 16) / 2**times
        there = part.a * u - part.b * v + part.dx, part.b * u + part.a * v + part.dy
        assert there == pytest.approx((whole.a * x - whole.b * y + whole.dx, whole.b * x + whole.a * y + whole.dy))
        assert whole.origin_of(*there) == pytest.approx((x, y))


@given(
    st.integers(0, 500),
    st.integers(0, 300),
    st.floats(40, 700),
    st.sampled_from([(640, 480), (641, 479), (333, 517)]),
)
def test_a_view_tells_where_it_was_taken(x, y, side, size):
    width, height = size
    across, down = (np.arange(width) + 0.5) / width * 255, (np.arange(height) + 0.5) / height * 255
    ramp = np.dstack([*np.meshgrid(across, down), np.full((height, width), 255)]).round().astype(np.uint8)
    view = sample(ramp, Square(x - side / 4, y - side / 4, side), 64)
    inside = np.argwhere(view.pixels[:, :, 2] == 255)[::37]
    for v, u in inside:
        red, green, _ = view.pixels[v, u].astype(float)
        assert red == pytest.approx(
            (view.x + (u + 0.5) * view.scale_x) / width * 255, abs=1.5 + 255 * view.scale_x / width
        )
        assert green == pytest.approx(
            (view.y + (v + 0.5) * view.scale_y) / height * 255, abs=1.5 + 255 * view.scale_y / height
        )


@pytest.mark.parametrize(
    ("region", "bits"),
    [
        (Square(0, 0, 512), 0x267386F2),
        (Square(30, 20, 384), 0xA827E261),
        (Square(100.5, 60.2, 231.7), 0x54919552),
        (Square(170, 60, 75), 0xDF1E98FE),
        (Square(-40, -90, 700), 0x688E2C37),
    ],
)
def test_a_view_is_the_same_on_each_processor(region, bits):
    assert zlib.crc32(sample(ASTRONAUT, region, 192).pixels) == bits


@given(st.floats(-300, 700), st.floats(-300, 700), st.floats(1, 900))
def test_any_square_can_be_sampled(x, y, side):
    scene = np.full((480, 640, 3), 200, np.uint8)
    view = sample(scene, Square(x, y, side), 64).pixels
    assert view.shape == (64, 64, 3)
    assert set(np.unique(view)) <= {0, 200}
    inside = max(0, min(640, x + side) - max(0, x)) * max(0, min(480, y + side) - max(0, y)) / side**2
    if side > 8:
        assert abs((view > 0).mean() - inside) < 0.2


def test_no_outputs_no_faces():
    outputs = np.zeros((2304, 16), np.float32), np.zeros((2304, 1), np.float32)
    assert len(decode_outputs(outputs, 0.5).scores) == 0
    assert len(blend(decode_outputs(outputs, 0.5)).scores) == 0


def test_neighbouring_cells_are_one_face():
    boxes, scores = np.zeros((2304, 16), np.float32), np.zeros((2304, 1), np.float32)
    for cell in (1000, 1001, 1048):
        boxes[cell, 2:4] = 0.2
        scores[cell] = 4.5
    boxes[30, 2:4], scores[30] = 0.1, 3.5
    found = blend(decode_outputs((scores, boxes), 0.5))
    assert len(found.scores) == 2
    assert found.scores[0] > found.scores[1] >= 0.5


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, 1e30])
@pytest.mark.parametrize("column", [0, 2, 3, 5, 8])
def test_an_impossible_face_is_no_face(vision, value, column):
    heads, scores = np.full((2304, 16), 0.1, np.float32), np.zeros((2304, 1), np.float32)
    scores[900] = 6
    heads[900, column] = value
    chain = Vision(Detector(lambda _: (heads, scores), 0.5), vision._embedder, vision.manifest)
    chain.analyse(ASTRONAUT)
