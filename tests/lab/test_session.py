"""A session: steps, playing, slow motion, changes while it runs; and what it frees."""

import time
import weakref

import numpy as np
import pytest
from waiting import until

from tfgan_kit.lab.session import STAGES, Session
from tfgan_kit.lab.settings import Settings
from tfgan_kit.utils.errors import InvalidArgument

SMALL = {"generator_units": 4, "discriminator_units": 4, "batch_size": 16}


@pytest.fixture(scope="module")
def session():
    made = Session(Settings(**SMALL))
    made.ready.result()
    yield made
    made.close()


def weights(session, network):
    return np.concatenate(
        [
            each.numpy().ravel()
            for each in getattr(session.experiment.gan, network).trainable_variables
        ]
    )


def test_a_step_of_one_network_leaves_the_other(session):
    for role, other in (("generator", "discriminator"), ("discriminator", "generator")):
        before = weights(session, role), weights(session, other)
        iteration = session.frame.iteration
        session.step(role).result()
        assert (weights(session, role) != before[0]).any()
        assert (weights(session, other) == before[1]).all()
        assert session.frame.iteration == iteration
    session.step().result()
    assert session.frame.iteration == iteration + 1


def test_playing_and_pausing(session):
    session.speed = "full"
    number = session.frame.number
    session.play().result()
    until(lambda: session.frame.number > number + 3 and session.frame.rate > 0)
    session.pause().result()
    stopped = session.frame
    assert not stopped.playing and stopped.iteration > 1
    time.sleep(0.1)
    assert session.frame is stopped
    assert stopped.history[-1, 0] == stopped.iteration
    assert (np.diff(stopped.history[:, 0]) > 0).all()


def test_it_rests_while_nobody_looks(session):
    for plays in (True, False):
        if plays:
            session.play().result()
        session.rest().result()
        assert not session.playing
        session.wake().result()
        assert session.playing == plays
        session.pause().result()


def test_the_history_is_thinned(session):
    view = session.frame.view
    session._history, session._spacing = [], 1
    for iteration in range(5_000):
        session._remember(iteration, view)
    rows = np.array(session._history)
    assert 200 <= len(rows) <= 401 and rows[-1, 0] == 4_999
    assert np.ptp(np.diff(rows[:-1, 0])) == 0


def test_the_speed_is_kept(session):
    session.speed = "10"
    begun, first = time.monotonic(), session.frame.iteration
    session.play().result()
    until(lambda: session.frame.iteration >= first + 12)
    session.pause().result()
    # 12 iterations at 10 a second; a slow machine takes longer.
    assert time.monotonic() - begun > 0.9


def test_slow_motion_goes_through_ten_stages(session, monkeypatch):
    monkeypatch.setattr("tfgan_kit.lab.session._SECONDS_OF_A_STAGE", 0.01)
    session.step().result()
    before = session.frame
    seen = []
    look = session._look
    monkeypatch.setattr(session, "_look", lambda: (look(), seen.append(session.frame)))
    session.play(slow=True).result()
    until(lambda: len(seen) >= 10)
    session.pause().result()
    stages = [frame.stage for frame in seen[:10]]
    assert stages == list(range(1, 11)) and len(STAGES) == 10
    updates = [
        (f.discriminator_updates - before.discriminator_updates,
         f.generator_updates - before.generator_updates) for f in seen[:10]
    ]  # fmt: skip
    assert updates == [(0, 0)] * 4 + [(1, 0)] * 5 + [(1, 1)]


@pytest.mark.parametrize(
    ("values", "networks_stay"),
    [
        ({"generator_rate": 0.01, "generator_steps": 3, "batch_size": 32}, True),
        ({"loss": "wasserstein", "penalties": ["r1"], "generator_optimizer": "sgd"}, True),
        ({"data": "grid"}, True),
        ({"generator_layers": 1}, False),
        ({"conditional": True}, False),
    ],
    ids=["live", "step", "data", "layers", "labels"],
)
def test_a_change_keeps_what_it_can(session, values, networks_stay):
    session.step().result()
    before = weights(session, "generator"), session.frame.iteration
    session.change(**values).result()
    after = weights(session, "generator")
    same = before[0].shape == after.shape and (before[0] == after).all()
    assert same == networks_stay
    assert session.frame.iteration == (before[1] if networks_stay else 0)
    updates = session.frame.generator_updates
    session.step().result()
    assert session.frame.generator_updates - updates == session.settings.generator_steps
    assert {name: getattr(session.settings, name) for name in values} == values
    if "generator_rate" in values:
        rate = session.experiment.gan.generator_optimizer.learning_rate
        np.testing.assert_allclose(rate.numpy(), 0.01, rtol=1e-6)


def test_own_points_are_used_and_errors_are_kept_until_the_next_success(session):
    with pytest.raises(InvalidArgument, match="was not saved by this playground"):
        session.load(b"").result()
    assert session.error.startswith("The file was not saved")
    session.change(data="own", conditional=False).result()
    points = np.array([[0.2, 0.2], [0.8, 0.8]], "float32")
    session.change(points=points).result()
    assert session.error is None
    near = np.abs(session.frame.real[:, None] - points[None]).max(axis=2).min(axis=1)
    assert near.max() < 0.06
    session.reset().result()
    assert session.frame.iteration == 0 and len(session.experiment.own_points) == 2


def test_save_load_and_script(session):
    session.step().result()
    content, before = session.save().result(), weights(session, "discriminator")
    script = session.script().result()
    assert "toy.from_points([[0.2000, 0.2000], [0.8000, 0.8000]]" in script
    session.step().result()
    session.load(content).result()
    np.testing.assert_array_equal(weights(session, "discriminator"), before)


def test_networks_without_finite_values_stop(session):
    session.change(data="eight").result()
    network = session.experiment.gan.generator
    network.set_weights([np.full_like(each, np.nan) for each in network.get_weights()])
    session.play().result()
    until(lambda: session.error)
    assert "no longer finite" in session.error and session.frame.view.modes == 0
    assert not session.playing and not session.frame.playing
    session.reset().result()
    assert session.error is None and np.isfinite(session.frame.view.fakes).all()


def test_closing_while_it_plays_frees_the_networks_in_silence(caplog):
    made = Session(Settings(**SMALL))
    made.ready.result()
    made.play().result()
    reference = weakref.ref(made.experiment.gan)
    made.close()
    made._thread.shutdown(wait=True)
    assert reference() is None
    assert not [record for record in caplog.records if record.name.startswith("tfgan_kit")]


def test_pausing_and_playing_at_once_trains_no_faster(session, monkeypatch):
    session.step().result()
    calls = []
    iterations = session._iterations
    monkeypatch.setattr(session, "_iterations", lambda: (iterations(), calls.append(None)))
    session.speed = "full"
    for _ in range(5):
        session.play()
        session.pause()
    session.play().result()
    until(lambda: len(calls) > 5)
    waiting = session._thread._work_queue.qsize()
    session.pause().result()
    assert waiting <= 1
