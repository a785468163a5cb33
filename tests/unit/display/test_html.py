"""HTML that is put together: what is a text stays one, in an element and in an attribute."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from operate_frames.display.html import Html, element

# What a parser takes for another: a carriage return, and what no HTML holds.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@given(TEXTS, TEXTS)
@example("<b>&amp;", '"><b>&amp;')
def test_a_text_is_read_as_it_was_and_makes_no_element(inside, title):
    seen = Seen(element("p", inside, title=title))

    assert seen.tags == [("p", {"title": title})]
    assert seen.text == inside


def test_elements_lie_in_elements_and_attributes_are_named_as_in_html():
    row = element("tr", element("td", "a < b", class_="number"), Html("<td>&amp;</td>"), aria_label=None)

    assert row == '<tr><td class="number">a &lt; b</td><td>&amp;</td></tr>'
    assert element("meta", http_equiv="x") == '<meta http-equiv="x">'
