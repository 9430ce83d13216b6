"""The places of a run: what TF_CONFIG may say, who writes, how batches are shared out."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.training.devices.agreement import (
    agree_on_run,
    agree_on_step,
    naming_lost_workers,
)
from facedancer.training.devices.batches import distribute
from facedancer.training.devices.strategy import describe, is_chief, make_strategy
from facedancer.training.devices.tf_config import parse_tf_config
from facedancer.utils.errors import UserError


def tf_config(job="worker", index=0, **cluster):
    cluster = cluster or {"worker": ["host-a:2222", "host-b:2222"]}
    return json.dumps({"cluster": cluster, "task": {"type": job, "index": index}})


def test_a_task_is_read():
    task = parse_tf_config(tf_config(index=1))
    assert (task.job, task.index, task.address) == ("worker", 1, "host-b:2222")
    # Some launchers write the index as a string.
    task = parse_tf_config(tf_config("worker", "0", chief=["a:1"], worker=["[fe80::1]:22"]))
    assert task.address == "[fe80::1]:22"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "it is not set"),
        ("", "it is not set"),
        ("{'cluster': 1}", "it is not JSON"),
        ("[]", "it lacks a cluster or a task"),
        ("{}", "it lacks a cluster or a task"),
        ('{"cluster": {"worker": ["a:1"]}}', "it lacks a cluster or a task"),
        (tf_config(worker="a:1"), "has them in another form"),
        (tf_config(index=None), "has them in another form"),
        (tf_config("evaluator"), "it names 'evaluator', where only chief and worker"),
        (tf_config("ps", 0, ps=["a:1"], worker=["b:1"]), "it names 'ps'"),
        (tf_config(worker=["a:1"], ps=["b:1"]), "it names 'ps'"),
        (tf_config(index=2), "its cluster has no worker 2"),
        (tf_config(index=-1), "its cluster has no worker -1"),
        (tf_config("chief"), "its cluster has no chief 0"),
        (tf_config("chief", chief=["a:1", "b:1"]), "more than one chief"),
        (tf_config(worker=["a"]), "'a' is not HOST:PORT"),
        (tf_config(worker=["a:http"]), "'a:http' is not HOST:PORT"),
        (tf_config(worker=["a:65536"]), "'a:65536' is not HOST:PORT"),
        (tf_config(worker=["a:1", "a:1"]), "two of its tasks have one address"),
    ],
)
def test_a_wrong_tf_config_is_refused_in_one_line(text, reason, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError) as caught:
        make_strategy("multi_worker")
    message = str(caught.value)
    assert reason in message and "\n" not in message
    # It ends with an example to start from, which itself passes but for its made-up ports.
    example = message.partition("TF_CONFIG='")[2].removesuffix("'")
    assert parse_tf_config(example.replace(":PORT", ":2222")).index == 0


class Cluster:
    """The part of a MultiWorkerMirroredStrategy that names its process."""

    def __init__(self, job, index, **cluster):
        spec = tf.train.ClusterSpec(cluster)
        self.cluster_resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            spec, task_type=job, task_id=index
        )


def test_one_process_is_the_chief(strategies):
    assert is_chief(strategies(2))
    assert is_chief(Cluster("worker", 0, worker=["a:1", "b:1"]))
    assert not is_chief(Cluster("worker", 1, worker=["a:1", "b:1"]))
    assert is_chief(Cluster("chief", 0, chief=["a:1"], worker=["b:1"]))
    assert not is_chief(Cluster("worker", 0, chief=["a:1"], worker=["b:1"]))


def test_one_process_agrees_with_itself(strategies, small_config):
    assert [describe(strategies(count)) for count in (1, 2)] == ["1 CPU", "2 CPUs"]
    agree_on_step(strategies(2), 3)
    agree_on_run(strategies(2), small_config)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (tf.errors.UnknownError, "cannot listen on the port of host-b:2222, which TF_CONFIG"),
        (
            tf.errors.DeadlineExceededError,
            "not all of host-a:2222, host-b:2222 connected within an",
        ),
    ],
)
def test_a_cluster_that_does_not_come_about_is_said(monkeypatch, error, message):
    def fail():
        raise error(None, None, "as TensorFlow says it")

    monkeypatch.setenv("TF_CONFIG", tf_config(index=1))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", fail)
    with pytest.raises(UserError, match=message):
        make_strategy("multi_worker")


def test_other_errors_than_a_cluster_s_pass(strategies):
    with pytest.raises(tf.errors.UnavailableError), naming_lost_workers(strategies(2)):
        raise tf.errors.UnavailableError(None, None, "a file system is gone")


def test_each_replica_gets_its_rows_of_the_global_batch(small_config, strategies):
    strategy = strategies(2)
    config = dataclasses.replace(small_config, batch_size=4, accumulate=2, seed=7)
    batches = distribute(strategy, config, start_step=3)

    @tf.function(autograph=False)
    def three_batches(iterator):
        """As the step function takes them: from the iterator, an argument, within a loop."""
        zeros = [tf.zeros([3, 2, 64, 64, 3])] * 2

        def add(index, *tables):
            images = strategy.experimental_local_results(next(iterator)["target"])
            where = tf.reshape(tf.one_hot(index, 3), [3, 1, 1, 1, 1])
            return index + 1, *[table + where * i for table, i in zip(tables, images, strict=True)]

        return tf.while_loop(lambda i, *_: i < 3, add, (0, *zeros), parallel_iterations=1)[1:]

    made = tf.concat(three_batches(batches), axis=1)
    expected = make_dataset(config.data, 64, 4, seed=7, start_step=6).take(3)
    np.testing.assert_array_equal(made, [batch["target"] for batch in expected])
