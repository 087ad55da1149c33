"""What a revision changed, as people read it."""

import pytest

from appliance.web.language import load_languages, use_language
from appliance.web.summaries import told_summary


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("change queues sales", "Queue 'sales' changed"),
        ("create agents ana; remove menus main; +7", "Agent 'ana' made; Menu 'main' deleted; and 7 more"),
        ("restore revision 12", "Revision 12 put back"),
        ("import site.yaml", "Imported from site.yaml"),
        ("test site", "test site"),
        ("change nothing known", "change nothing known"),
        ("", ""),
    ],
)
def test_a_summary_is_told_in_words(stored: str, told: str) -> None:
    load_languages()
    use_language("en")
    assert told_summary(stored) == told
