"""What `az login` opens as the browser: it follows the page and submits its form, as the page's own script would.

Whatever browser the machine has would ask the login authority of the internet, or wait for a person.
"""

import sys
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Form(HTMLParser):
    """The one form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes["value"]


def read(url: str, body: dict[str, str] | None = None) -> str:
    data = urllib.parse.urlencode(body).encode() if body else None
    with urllib.request.urlopen(url, data, timeout=30) as answer:
        return answer.read().decode()


form = Form(read(sys.argv[1]))
if form.action:
    read(form.action, form.fields)
