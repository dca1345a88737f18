"""Blocks train in any order, on any number of threads, with or without an interruption."""

import numpy as np
import pytest

from corollary.algorithms.noprop import LearnedSchedule, NoPropDT, NoPropFM, _training

SMALL = {"width": 12, "blocks": 4, "epochs": 6, "batch_size": 32}


def parameters(model):
    return [block.theta for block in model.blocks_]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def trained(iris):
    return parameters(NoPropDT(**SMALL).fit(*iris))


def test_order_leaves_no_trace(iris, trained):
    assert same(trained, parameters(NoPropDT(**SMALL).fit(*iris, block_order=[3, 1, 2, 0])))


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_leave_no_trace(iris, trained, threads):
    model = NoPropDT(**SMALL, threads=threads).fit(*iris, block_order=[2, 0, 1, 3])
    assert same(trained, parameters(model))


def test_other_blocks_leave_no_trace(iris, trained):
    """Neither their number nor their parameters: only the levels of the block itself."""
    model = NoPropDT(**SMALL)
    calls = []

    def disturb(name, done, total):
        calls.append(done)
        if done < total:
            model.blocks_[0].theta += 1.0

    model.set_params(progress=disturb).fit(*iris)
    assert len(calls) > 1
    found = parameters(model)
    assert not np.array_equal(found[0], trained[0])
    assert same(found[1:], trained[1:])


def test_progress_reaches_its_end(iris):
    seen = []
    NoPropDT(**SMALL, progress=lambda *state: seen.append(state)).fit(*iris)
    assert seen[-1] == ("NoPropDT", 24, 24)
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupted_training_goes_on_to_the_same_end(iris, trained, threads, monkeypatch):
    X, y = iris
    whole, calls = _training.train_epoch, []

    def interrupted(*arguments):
        calls.append(arguments[1])
        if len(calls) == 14:
            raise KeyboardInterrupt
        return whole(*arguments)

    model = NoPropDT(**SMALL, threads=threads)
    monkeypatch.setattr(_training, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    monkeypatch.undo()
    assert 0 < model._epochs_done() < 6
    assert model.predict(X).shape == (150,), "the model is usable"
    while model._epochs_done() < 6:
        model.partial_fit(X, y)
    assert same(trained, parameters(model))


def test_partial_fit_alone_follows_the_same_plan(iris, trained):
    model = NoPropDT(**SMALL)
    for _ in range(6):
        model.partial_fit(*iris, classes=[0, 1, 2])
    assert same(trained, parameters(model))
    before = [theta.copy() for theta in parameters(model)]
    model.partial_fit(*iris)
    assert not same(before, parameters(model)), "beyond the plan a tenth of the rate is left"


def test_losses_fall(iris):
    model = NoPropDT(**{**SMALL, "epochs": 60}, learning_rate=1e-2).fit(*iris)
    for block in model.blocks_:
        assert len(block.losses) == block.epochs == 60
        assert np.mean(block.losses[-5:]) < 0.7 * np.mean(block.losses[:5])


@pytest.mark.parametrize("labels", ["numbers", "strings", "objects"])
def test_a_model_outlives_its_process(iris, tmp_path, labels):
    X, y = iris
    names = np.array(["a", "b", "c"])
    y = {"numbers": y, "strings": names[y], "objects": names.astype(object)[y]}[labels]
    schedule = LearnedSchedule.initial(limit=6.0)
    model = NoPropDT(**SMALL, schedule=schedule, progress=lambda *state: None).fit(X, y)
    model.save(tmp_path / "model.npz")
    loaded = NoPropDT.load(tmp_path / "model.npz")
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(loaded.predict(X), model.predict(X))
    loaded.partial_fit(X, y)
    model.partial_fit(X, y)
    assert same(parameters(model), parameters(loaded))
    assert [block.losses for block in model.blocks_] == [block.losses for block in loaded.blocks_]
    assert not list(tmp_path.glob(".*")), "nothing lies beside it"


def test_wrong_files_are_refused(iris, tmp_path):
    path = tmp_path / "model.npz"
    NoPropFM(width=8, epochs=1).fit(*iris).save(path)
    with pytest.raises(ValueError, match="holds a NoPropFM"):
        NoPropDT.load(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match="is not a saved model"):
        NoPropFM.load(path)
    np.savez(path, a=np.zeros(2))
    with pytest.raises(ValueError, match="is not a saved model"):
        NoPropFM.load(path)

    class Own(LearnedSchedule):
        pass

    own = Own(LearnedSchedule.initial().parameters)
    with pytest.raises(TypeError, match="schedule is"):
        NoPropDT(**SMALL, schedule=own).fit(*iris).save(path)
    with pytest.raises(ValueError, match="not fitted"):
        NoPropFM().save(path)


def test_memory_of_training_does_not_grow_with_the_blocks(iris):
    """Peak minus what is stored per block: one workspace, one piece of noise."""
    import tracemalloc

    X, y = iris
    peaks = []
    for blocks in (2, 8):
        model = NoPropDT(width=32, blocks=blocks, epochs=2).fit(X, y)
        tracemalloc.start()
        model.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        stored = sum(3 * block.theta.nbytes for block in model.blocks_)
        peaks.append(peak - stored)
    assert peaks[1] < 1.15 * peaks[0]


def test_every_address_has_random_numbers_of_its_own():
    addresses = [
        (seed, purpose, block, count)
        for seed in (0, 1, 2**64)
        for purpose in (_training.INITIAL, _training.EPOCH, _training.INFERENCE)
        for block in (0, 1)
        for count in (0, 1)
    ]
    drawn = [tuple(_training.stream(*address).random(3)) for address in addresses]
    assert len({x for row in drawn for x in row}) == 3 * len(addresses)
    assert drawn == [tuple(_training.stream(*address).random(3)) for address in addresses]


def test_blocks_differ(trained):
    assert not np.array_equal(trained[0], trained[1])
    assert abs(np.corrcoef(trained[0], trained[1])[0, 1]) < 0.5


def test_a_class_that_comes_late_is_learned(iris):
    X, y = iris
    model = NoPropDT(width=16, blocks=3, epochs=60, learning_rate=1e-2)
    model.partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2])
    for _ in range(60):
        model.partial_fit(X, y)
    assert model.score(X[y == 2], y[y == 2]) > 0.8
