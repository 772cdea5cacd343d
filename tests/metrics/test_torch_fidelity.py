"""Values equal those of torch-fidelity, if it is installed."""

import pytest

from tfgan_kit.metrics import frechet_distance, inception_score, kernel_distance, precision_recall

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize(("num", "width"), [(2000, 64), (600, 192)])
def test_distances_and_score(num, width, torch_fidelity, correlated):
    torch = pytest.importorskip("torch")
    fidelity_frechet = torch_fidelity("metric_fid")
    fidelity_kernel = torch_fidelity("metric_kid")
    fidelity_score = torch_fidelity("metric_isc")
    real, fake = correlated(num, width, 0), correlated(num + 100, width, 1, scale=1.1)
    tensors = torch.from_numpy(real), torch.from_numpy(fake)

    statistics = [fidelity_frechet.fid_features_to_statistics(each) for each in tensors]
    expected = fidelity_frechet.fid_statistics_to_metric(*statistics, verbose=False)
    value = frechet_distance(real, fake)
    assert value == pytest.approx(expected["frechet_inception_distance"], rel=1e-6)

    for num_subsets in (3, 100):
        expected = fidelity_kernel.kid_features_to_metric(
            *tensors, kid_subsets=num_subsets, kid_subset_size=300, rng_seed=7, verbose=False
        )
        value = kernel_distance(real, fake, num_subsets, subset_size=300, seed=7)
        assert value.mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-6)
        assert value.std == pytest.approx(expected["kernel_inception_distance_std"], rel=1e-6)

    expected = fidelity_score.isc_features_to_metric(tensors[0])
    value = inception_score(real)
    assert value.mean == pytest.approx(expected["inception_score_mean"], rel=1e-6)
    assert value.std == pytest.approx(expected["inception_score_std"], rel=1e-6)


@pytest.mark.parametrize("width", [2, 64])
def test_precision_and_recall(width, torch_fidelity, correlated):
    torch = pytest.importorskip("torch")
    prc = torch_fidelity("metric_prc")
    real, fake = correlated(2000, width, 0), correlated(1500, width, 1, scale=0.95)
    theirs = prc.prc_features_to_metric(
        torch.from_numpy(fake),
        torch.from_numpy(real),
        prc_neighborhood=3,
        prc_batch_size=500,
        save_cpu_ram=True,
        verbose=False,
    )
    ours = precision_recall(real, fake)
    # Its shares are means in float32.
    assert ours.precision == pytest.approx(theirs["precision"], abs=1e-6)
    assert ours.recall == pytest.approx(theirs["recall"], abs=1e-6)
