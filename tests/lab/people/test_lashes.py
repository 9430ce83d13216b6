import numpy as np

from facedancer.lab.people.heads import heads
from facedancer.lab.people.lashes import draw_lashes, lash_places


def test_lashes_have_their_roots_at_the_lids_and_a_half_of_the_map_for_each_lid():
    cards, uv = lash_places()
    assert 0 <= uv.min() <= uv.max() <= 1
    place = heads().template[cards]
    for side in (1, -1):
        (centre, radius) = heads().eyeballs(heads().template)[0 if side > 0 else 1]
        its = np.sign(place[:, 0]) == side
        away = np.linalg.norm(place - centre, axis=1) / radius
        assert away[its & (uv[:, 1] == 0)].max() < 1.1
        assert away[its & (uv[:, 1] > 0.9)].min() > 1.4
        above = place[:, 1] > centre[1]
        assert (uv[its & above, 0] < 0.5).all()
        assert (uv[its & ~above, 0] >= 0.5).all()


def test_lashes_are_denser_at_their_roots_and_with_mascara():
    few, many = draw_lashes(0.0, 5), draw_lashes(1.0, 5)
    for opacity in (few, many):
        assert 0.1 < opacity[1].mean() < 0.9
        assert opacity[1].mean() > 2 * opacity[40].mean()
        upper, lower = np.split(opacity, 2, axis=1)
        assert upper[32].mean() > lower[32].mean()
    assert many.mean() > 1.4 * few.mean()
    np.testing.assert_array_equal(few, draw_lashes(0.0, 5))
    assert (draw_lashes(0.0, 6) != few).any()
