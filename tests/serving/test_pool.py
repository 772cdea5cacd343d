"""Workers: an interpreter each, at the same time, and not without bound."""

import threading

import numpy as np
import pytest
from serving_processes import CLASSES, SlowGenerator, exported, local, noise_of

from tfgan_kit.serving import RequestError, WorkerPool
from tfgan_kit.utils.errors import InvalidArgument


def test_every_worker_has_an_interpreter_of_its_own():
    pool = WorkerPool.open(exported("tflite"), 3)
    assert len({id(each) for each in pool.generators}) == 3
    assert len({id(each._interpreter) for each in pool.generators}) == 3
    futures = [pool.submit(noise_of(1 + seed % 3, seed)) for seed in range(30)]
    for seed, future in enumerate(futures):
        expected = local("tflite").run(noise_of(1 + seed % 3, seed))
        np.testing.assert_allclose(future.result(30), expected, atol=1e-6)
    pool.close()


def test_workers_run_at_the_same_time():
    barrier = threading.Barrier(2)
    pool = WorkerPool([SlowGenerator(lambda: barrier.wait(20)) for _ in range(2)])
    futures = [pool.submit(noise_of(1)) for _ in range(2)]
    assert [future.result(30).shape for future in futures] == [(1, 4, 4, 1)] * 2
    pool.close()


def test_too_many_requests():
    going = threading.Event()
    pool = WorkerPool([SlowGenerator(lambda: going.wait(20))], max_waiting=1)
    futures = [pool.submit(noise_of(1)) for _ in range(2)]
    with pytest.raises(RequestError, match="Too many") as caught:
        pool.submit(noise_of(1))
    assert (caught.value.http_status, caught.value.grpc_status) == (429, "RESOURCE_EXHAUSTED")
    going.set()
    assert [len(future.result(20)) for future in futures] == [1, 1]
    assert len(pool.submit(noise_of(1)).result(20)) == 1
    pool.close()


def test_request_that_is_given_up_leaves_its_place():
    going = threading.Event()
    pool = WorkerPool([SlowGenerator(lambda: going.wait(20))], max_waiting=1)
    first, second = pool.submit(noise_of(1)), pool.submit(noise_of(1))
    assert second.cancel()
    third = pool.submit(noise_of(1))
    going.set()
    assert len(first.result(20)) == len(third.result(20)) == 1
    pool.close()


def test_close_waits_for_what_runs():
    pool = WorkerPool([SlowGenerator(lambda: threading.Event().wait(0.2))])
    futures = [pool.submit(noise_of(1)) for _ in range(2)]
    pool.close()
    assert all(future.done() and len(future.result()) == 1 for future in futures)


@pytest.mark.parametrize("kind", ["tflite", "saved_model"])
def test_label_beyond_the_classes(kind):
    pool = WorkerPool([local(kind, labelled=True)])
    for label in (CLASSES, -1, 2**31 - 1):
        with pytest.raises(RequestError, match="failed on these `labels`"):
            pool.submit(noise_of(1), np.array([label], "int32")).result(20)
    images = pool.submit(noise_of(1), np.array([1], "int32")).result(20)
    expected = local(kind, labelled=True).run(noise_of(1), [1])
    np.testing.assert_allclose(images, expected, atol=1e-6)
    pool.close()


def test_values_that_give_no_image():
    class Diverged(SlowGenerator):
        def run_batch(self, noise, labels):
            return np.full((len(noise), 4, 4, 1), np.nan, "float32")

    pool = WorkerPool([Diverged(None)])
    with pytest.raises(RequestError, match="No images for these values: .*not finite"):
        pool.submit(noise_of(1)).result(20)
    pool.close()


def test_fault_of_the_generator_stays_a_fault():
    def break_down():
        raise RuntimeError("broken")

    pool = WorkerPool([SlowGenerator(break_down)])
    with pytest.raises(RuntimeError, match="broken"):
        pool.submit(noise_of(1)).result(20)
    pool.close()


def test_missing_file(tmp_path):
    with pytest.raises(InvalidArgument, match="no file or folder"):
        WorkerPool.open(tmp_path / "none", 1)
