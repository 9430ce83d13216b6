"""Tests what a server gets: signatures from pictures to pictures, versions, warm-up, model card."""

import hashlib
import json
import struct
import zlib

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.evaluation.swaps.swappers import load_swapper
from facedancer.export import encoded_pictures, served_check
from facedancer.export.archive import (
    DETECTOR,
    ENCODER,
    GENERATOR,
    ExportMismatchError,
    Served,
    export_saved_model,
)
from facedancer.export.model_card import CARD_FILE, describe_network, model_card
from facedancer.export.savedmodel import version_folder
from facedancer.export.served_check import WARMUP_FILE
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.retinaface.loading import load_retinaface
from facedancer.utils.errors import UserError

SIDE = 64
DRAW = np.random.default_rng(0)
TARGETS = DRAW.integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
SOURCES = DRAW.integers(0, 256, (3, 80, 80, 3), np.uint8)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    up_types = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
    get_generator(up_types, mapping_depth=1, image_size=SIDE, base_width=4).save(
        folder / "generator.keras"
    )
    (folder / "flags.cfg").write_text(
        "# a run\n--seed=5\n--train_data=/home/somebody/a,data/b/\n"
        "--arcface_path=/home/somebody/arcface.h5\n"
    )
    return folder


def export(run_folder, folder, **kwargs):
    card = model_card({"generator": str(run_folder)}, "float32")
    served = Served(card, **{"encoder": UNTRAINED_SMALL, **kwargs})
    return export_saved_model(GENERATOR, run_folder, folder, served)


@pytest.fixture(scope="module")
def exported(run_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "1"
    export(run_folder, folder)
    return folder


@pytest.fixture(scope="module")
def model(exported):
    return tf.saved_model.load(str(exported))


def files(pictures, suffix=".png"):
    return tf.constant([cv2.imencode(suffix, one[..., ::-1])[1].tobytes() for one in pictures])


def ask(model, signature, **inputs):
    (answer,) = model.signatures[signature](
        **{name: tf.constant(value) for name, value in inputs.items()}
    ).values()
    return answer.numpy()


def test_every_signature_has_names_types_and_a_free_batch(model):
    described = {
        name: (one.structured_input_signature[1], one.structured_outputs)
        for name, one in model.signatures.items()
        if name != "serving_default"
    }
    pictures, strings = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, "target"), tf.string
    changed = {"changed": tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, "changed")}
    identity = tf.TensorSpec([None, 512], tf.float32, "identity")
    source = tf.TensorSpec([None, None, None, 3], tf.uint8, "source")
    assert described == {
        "swap": ({"target": pictures, "source": source}, changed),
        "swap_with_identity": ({"target": pictures, "identity": identity}, changed),
        "embed": ({"source": source}, {"identity": identity}),
        "swap_encoded": (
            {name: tf.TensorSpec([None], strings, name) for name in ("target", "source")},
            {"changed_bytes": tf.TensorSpec([None], strings, "changed_bytes")},
        ),
    }


def test_the_signatures_agree_with_each_other(model):
    identity = ask(model, "embed", source=SOURCES)
    swapped = ask(model, "swap", target=TARGETS, source=SOURCES)
    assert swapped.shape == TARGETS.shape and (swapped != TARGETS).mean() > 0.5
    again = ask(model, "swap_with_identity", target=TARGETS, identity=identity)
    np.testing.assert_array_equal(again, swapped)


def test_one_source_serves_all_targets(model):
    swapped = ask(model, "swap", target=TARGETS, source=SOURCES[:1])
    for number in range(3):
        one = ask(model, "swap", target=TARGETS[number : number + 1], source=SOURCES[:1])
        assert np.abs(swapped[number].astype(int) - one[0]).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_files_are_read_resized_and_written(model, suffix):
    large = np.stack([cv2.resize(one, (200, 200)) for one in TARGETS])
    answer = ask(model, "swap_encoded", target=files(large, suffix), source=files(SOURCES, suffix))
    pictures = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) for one in answer]
    assert {picture.shape for picture in pictures} == {(SIDE, SIDE, 3)}
    assert all(one.startswith(b"\x89PNG") for one in answer)


def smooth(side, seed=3):
    """Two pictures with no edge that a codec or a filter could trip over."""
    coarse = np.random.default_rng(seed).integers(40, 216, (2, 4, 4, 3), np.uint8)
    return np.stack(
        [cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC) for one in coarse]
    )


def decoded(strings):
    return np.stack(
        [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR)[..., ::-1] for one in strings]
    )


def off(found, wanted):
    """The largest difference in grey levels."""
    return np.abs(found.astype(int) - wanted).max()


def test_a_jpeg_is_what_opencv_reads():
    strings = files(smooth(SIDE), ".jpg")
    found = encoded_pictures.decode(strings, SIDE, "target").numpy()
    assert off(found, decoded(strings.numpy())) <= 1


@pytest.mark.parametrize("side", [2 * SIDE, 150, 511])
def test_a_larger_picture_is_the_mean_of_its_areas(side):
    pictures = smooth(side)
    wanted = np.stack(
        [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in pictures]
    )
    found = encoded_pictures.decode(files(pictures), SIDE, "target").numpy()
    assert off(found, wanted) <= 2


def test_a_smaller_picture_is_interpolated():
    pictures = smooth(40)
    wanted = np.stack(
        [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for one in pictures]
    )
    found = encoded_pictures.decode(files(pictures), SIDE, "target").numpy()
    assert off(found, wanted) <= 2


@pytest.mark.parametrize(
    ("suffix", "side", "levels"), [(".png", SIDE, 0), (".jpg", SIDE, 1), (".png", 150, 12)]
)
def test_files_are_swapped_as_their_pictures_are(model, suffix, side, levels):
    targets, sources = files(smooth(side), suffix), files(smooth(112, seed=4), suffix)
    answer = decoded(ask(model, "swap_encoded", target=targets, source=sources))
    pictures = np.stack(
        [
            cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            for one in decoded(targets.numpy())
        ]
    )
    swapped = ask(model, "swap", target=pictures, source=decoded(sources.numpy()))
    assert off(answer, swapped) <= levels
    assert np.ptp(swapped) > 10 * (levels + 1), "a picture, not one colour"


def huge_png():
    """A head that claims 20,000 x 20,000 pixels, in a few bytes."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk


PNG = files(TARGETS[:1])[0].numpy()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "target: not a JPEG or PNG file"),
        (b"GIF89a" + bytes(100), "target: not a JPEG or PNG file"),
        (b"\xff\xd8\xff" + bytes(100), "JPEG"),
        (PNG[:60], "PNG"),
        (files(TARGETS[:1, :40])[0].numpy(), "target: not a square aligned crop"),
        (huge_png(), "target: side above 2048"),
        (b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\xff" * 8 + bytes(9), "target: side above 2048"),
        (PNG + bytes(2**24), "target: above 16777216 bytes"),
    ],
)
def test_a_bad_file_is_a_clear_error_and_the_model_goes_on(model, file, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        ask(model, "swap_encoded", target=[file], source=files(SOURCES[:1]))
    assert len(ask(model, "swap_encoded", target=[PNG], source=files(SOURCES[:1]))) == 1


def test_sources_and_targets_that_do_not_go_together_are_refused(model):
    with pytest.raises(tf.errors.InvalidArgumentError, match="one source for all targets or one"):
        ask(model, "swap", target=TARGETS, source=SOURCES[:2])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_identity_that_is_not_finite_is_refused(model, value):
    identity = np.full((1, 512), value, np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="identity: holds NaN or infinity"):
        ask(model, "swap_with_identity", target=TARGETS, identity=identity)


def test_the_warm_up_file_asks_every_signature(exported, model):
    records = tf.data.TFRecordDataset(str(exported / WARMUP_FILE))
    asked = set()
    for record in records:
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        inputs = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        ask(model, request.model_spec.signature_name, **inputs)
        asked.add(request.model_spec.signature_name)
    assert asked == {"serving_default", "swap", "swap_with_identity", "embed", "swap_encoded"}


def test_a_detector_is_warmed_up_too(tmp_path):
    export_saved_model(DETECTOR, SHIPPED_WEIGHTS, tmp_path / "1", Served({}))
    [record] = tf.data.TFRecordDataset(str(tmp_path / "1" / WARMUP_FILE))
    request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
    assert request.model_spec.signature_name == "serving_default"
    inputs = {name: tf.constant(tf.make_ndarray(one)) for name, one in request.inputs.items()}
    served = tf.saved_model.load(str(tmp_path / "1"))
    answer = served.signatures["serving_default"](**inputs)
    assert set(answer) == {"boxes", "landmarks", "scores"}


def test_the_model_card_says_where_it_comes_from(exported, run_folder):
    card = json.loads((exported / CARD_FILE).read_text())
    assert card["training_flags"] == ["--seed=5", "--train_data=a,b", "--arcface_path=arcface.h5"]
    digest = hashlib.sha256((run_folder / "generator.keras").read_bytes()).hexdigest()
    assert card["made_from"]["generator"]["sha256"] == digest
    assert "synthetic" in card["marking_duty"] and card["marks_by_itself"] is False
    written = {p.relative_to(exported).as_posix() for p in exported.rglob("*") if p.is_file()}
    assert set(card["files"]) == written - {CARD_FILE}
    for name, digest in card["files"].items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == digest


def test_the_model_card_describes_the_networks(exported):
    card = json.loads((exported / CARD_FILE).read_text())
    network = card["network"]
    assert network["widths"] == [4, 8, 16, 32, 32] and network["image_size"] == SIDE
    keys = ("up_types", "mapping_depth", "mapping_size", "image_size", "base_width", "separable")
    again = get_generator(**{key: network[key] for key in keys})
    assert network["up_types"] == ["no_skip", "affa", "affa", "affa", "concat"]
    assert again.count_params() == network["parameters"]
    encoder = load_encoder(UNTRAINED_SMALL)
    assert card["identity_encoder"]["parameters"] == encoder.count_params()


def test_a_network_of_others_is_described_as_far_as_it_says():
    separable = get_generator(("add",) * 6, 0, 512, 128, 8, separable=True)
    facts = describe_network(separable)
    assert facts["separable"] and facts["up_types"] == ["add"] * 5
    assert (facts["mapping_depth"], facts["mapping_size"]) == (0, None)
    detector = load_retinaface(SHIPPED_WEIGHTS)
    assert describe_network(detector) == {
        "image_size": None,
        "parameters": detector.count_params(),
    }


def evaluation_of(path, swapper):
    """As evaluation/evaluate.py writes it."""
    path.write_text(
        json.dumps({"protocol": {"swapper": swapper}, "metrics": {"pose": {"value": 2.0}}})
    )
    return str(path)


def test_metrics_come_from_an_evaluation_of_this_generator(run_folder, tmp_path):
    results = tmp_path / "results.json"
    paths = {"generator": str(run_folder)}
    swapper = load_swapper(str(run_folder), UNTRAINED_SMALL).origin
    swapper = {**swapper, "identity_encoder": "/home/somebody/arcface.h5"}
    card = model_card(paths, "float32", evaluation_of(results, swapper))
    assert card["metrics"]["metrics"] == {"pose": {"value": 2.0}}
    described = card["metrics"]["protocol"]["swapper"]
    assert described["identity_encoder"] == "arcface.h5"
    assert described["sha256"] == swapper["sha256"]
    assert str(run_folder) not in json.dumps(card) and "/home" not in json.dumps(card)
    for other in ({**swapper, "sha256": "0" * 64}, {"kind": "trivial: output = target"}):
        with pytest.raises(UserError, match="belongs to another generator"):
            model_card(paths, "float32", evaluation_of(results, other))
    with pytest.raises(UserError, match="give --generator"):
        model_card({"encoder": "a.h5"}, "float32", evaluation_of(results, swapper))
    for text in ("[]", "{}", "not json", '{"protocol": {"swapper": 3}, "metrics": {}}'):
        results.write_text(text)
        with pytest.raises(UserError, match=r"is not a results\.json"):
            model_card(paths, "float32", str(results))


def test_without_an_encoder_identities_are_given(run_folder, tmp_path):
    export(run_folder, tmp_path / "1", encoder="")
    signatures = tf.saved_model.load(str(tmp_path / "1")).signatures
    assert set(signatures) == {"serving_default", "swap_with_identity"}


def test_an_encoder_alone_embeds(tmp_path):
    export_saved_model(ENCODER, UNTRAINED_SMALL, tmp_path / "1", Served({}))
    assert set(tf.saved_model.load(str(tmp_path / "1")).signatures) == {"serving_default", "embed"}
    assert load_encoder(tmp_path).count_params() == load_encoder(UNTRAINED_SMALL).count_params()


def test_bfloat16_is_in_the_graph(run_folder, tmp_path):
    export(run_folder, tmp_path / "1", encoder="", precision="bfloat16")
    signature = tf.saved_model.load(str(tmp_path / "1")).signatures["swap_with_identity"]
    nodes = [n for f in signature.graph.as_graph_def().library.function for n in f.node_def]
    halves = [n for n in nodes if n.op == "Conv2D" and n.attr["T"].type == tf.bfloat16]
    assert len(halves) > 10


def test_a_signature_that_answers_otherwise_is_refused(run_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(served_check, "signed_to_uint8", lambda pictures: 255 * pictures)
    with pytest.raises(ExportMismatchError, match="swap_with_identity: .*nothing was written"):
        export(run_folder, tmp_path / "1", encoder="")
    assert not list(tmp_path.iterdir())


def test_an_identity_that_is_off_by_less_than_a_grey_level_is_refused(tmp_path, monkeypatch):
    def coarse(encoder, images):
        return {"embedding": 1.0002 * encode(encoder, images)["embedding"]}

    monkeypatch.setattr(served_check, "encode", coarse)
    with pytest.raises(ExportMismatchError, match="embed: .*nothing was written"):
        export_saved_model(ENCODER, UNTRAINED_SMALL, tmp_path / "1", Served({}))
    assert not list(tmp_path.iterdir())


def test_signatures_are_compared_without_tf32(tmp_path, monkeypatch):
    is_on = tf.config.experimental.tensor_float_32_execution_enabled
    seen = []

    def spy(encoder, images):
        seen.append(is_on())
        return encode(encoder, images)

    monkeypatch.setattr(served_check, "encode", spy)
    export_saved_model(ENCODER, UNTRAINED_SMALL, tmp_path / "1", Served({}))
    assert seen == [False] and is_on()


def test_versions_count_up_and_the_newest_is_loaded(exported, tmp_path):
    assert version_folder(tmp_path / "new", None) == tmp_path / "new" / "1"
    for number in ("2", "10"):
        (tmp_path / number).mkdir()
    assert version_folder(tmp_path, None).name == "11"
    assert version_folder(tmp_path, 3).name == "3"
    with pytest.raises(UserError, match="has a version 2"):
        version_folder(tmp_path, 2)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match=r"holds notes\.txt, which is not a version"):
        version_folder(tmp_path, None)
    assert load_generator(exported.parent).description.startswith(f"SavedModel {exported}")
