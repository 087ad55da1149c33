"""What a whole site is refused for, and that the strategy of sites gives only good ones."""

from hypothesis import HealthCheck, given, settings

from appliance.core.problems import check_site
from appliance.core.site import Site
from tests.site_strategy import sites
from tests.sites import a_site


def test_a_good_site_has_no_problems() -> None:
    assert check_site(a_site()) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(site=sites())
def test_every_site_of_the_strategy_is_good(site: Site) -> None:
    assert check_site(site) == []
