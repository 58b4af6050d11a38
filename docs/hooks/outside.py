"""The documents as they lie in the repository, made fit for the site: links that leave docs/, and fences.

In the repository a document links to its neighbours, `../README.md` or `../tests/house/test_walls.py`. The site takes
these files in, Markdown as it is and anything else as a page with its text, so it is whole on any host and from disk.
The price: a file that no page links to is not in the site.

Behind the language a fence may say what its commands need, or which file it is (CONTRIBUTING.md): that becomes the
title of the block.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
HOME = "repository/"  # where the files from outside docs/ lie in the site
CODE = re.compile(r"(?ms)^ *(```+).*?^ *\1 *$|`[^`\n]+`")
OPENING = re.compile(r"(?m)(?P<language>^ *```+\w+)(?P<more>.*)$")
NEEDS = {
    "hub": "needs a model hub",
    "gpu": "needs a GPU or a model of yours",
    "data": "needs data of yours",
    "published": "needs the published runs",
}
LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")
LANGUAGES = {".py": "python", ".csv": "csv", ".sh": "bash", ".toml": "toml", ".json": "json"}
log = logging.getLogger("mkdocs.hooks.outside")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every file outside docs/ that is linked from a page, or stands in the navigation."""
    waiting = {_origin(uri) for uri in _entries(config.nav) if uri.startswith(HOME)}
    for page in files.documentation_pages():
        waiting |= set(_outside(page.content_string, _origin(page.src_uri)))
    done: set[str] = set()
    while waiting:
        done.add(path := waiting.pop())
        if not (ROOT / path).is_file():
            log.warning("%s is linked, and is no file of the repository: name a file", path)
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.endswith(".md"):
            waiting |= set(_outside(text, path)) - done
        else:
            language = LANGUAGES.get(Path(path).suffix, "text")
            text = f"---\nsearch:\n  exclude: true\n---\n# {path}\n\n````{language}\n{text}````\n"
        files.append(File.generated(config, _page(path), content=text, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn each link of a page to where its target lies in the site."""
    here = page.file.src_uri
    origin = _origin(here)
    start = posixpath.dirname(here)

    def turned(link: re.Match[str]) -> str:
        target = _target(link["path"], origin)
        there = target.removeprefix("docs/") if target.startswith("docs/") else _page(target)
        return posixpath.relpath(there, start or ".") + (link["anchor"] or "")

    parts: list[str] = []
    at = 0
    for code in CODE.finditer(markdown):  # a link in code is code
        parts += [LINK.sub(turned, markdown[at : code.start()]), OPENING.sub(_titled, code[0], count=1)]
        at = code.end()
    return "".join([*parts, LINK.sub(turned, markdown[at:])])


def _titled(fence: re.Match[str]) -> str:
    """The opening of a fence, with what stands behind its language as a title."""
    word = fence["more"].strip()
    if word.startswith("title="):  # of a page that another hook has made
        return fence[0]
    title = NEEDS.get(word) or word.removeprefix("file=") * word.startswith("file=")
    return f'{fence["language"]} title="{title}"' if title else fence["language"]


def _origin(uri: str) -> str:
    """Where a page of the site lies in the repository."""
    if not uri.startswith(HOME):
        return f"docs/{uri}"
    path = uri.removeprefix(HOME)
    return path if (ROOT / path).is_file() else path.removesuffix(".md")


def _page(path: str) -> str:
    return HOME + path if path.endswith(".md") else f"{HOME}{path}.md"


def _target(link: str, origin: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))


def _outside(text: str, origin: str) -> Iterator[str]:
    for link in LINK.finditer(CODE.sub("", text)):
        if not (target := _target(link["path"], origin)).startswith("docs/"):
            yield target


def _entries(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for part in nav if isinstance(nav, list) else nav.values() if isinstance(nav, dict) else ():
        yield from _entries(part)
