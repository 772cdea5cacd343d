"""What all pages share."""

from tfgan_kit.runs import template


def test_title_and_state_are_escaped_and_sections_are_not():
    page = template.fill_page("<a> & b", "state <c>", "<section>42</section>")
    assert "<title>&lt;a&gt; &amp; b</title>" in page and "state &lt;c&gt;" in page
    assert "<section>42</section>" in page and "<script" not in page
