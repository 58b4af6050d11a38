"""The app: Gradio's tabs around the one renderer. Wiring only: nothing is computed here.

Each tab holds a slot; the renderer moves into the slot of the open tab (`app_page/app.js`), so that all views share one
state, which is the address. No data goes through a Gradio component except what the tab Submit found, and that is
handed to the page as data and drawn as text: the value of a gr.HTML is never put into its template.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported

import gradio as gr
from gradio.themes import Base

from crb_leaderboard.site import Site
from crb_leaderboard.submit import LARGEST_UPLOAD, Verdict, verdict
from crb_leaderboard.web import middleware, routes

TABS = {
    "board": "Board",
    "heat": "Criterion \N{MULTIPLICATION SIGN} language",
    "compare": "Compare",
    "scaling": "Scaling",
    "others": "Other benchmarks",
    "pairs": "Pairs",
    "submit": "Submit",
    "cite": "Cite",
    "about": "About the numbers",
}
TITLE = "Code reward models"
_SLOT = '<div class="crb-slot"></div>'
_HOUR = 3600
_CHECKED_AT_ONCE = 2  # uploads: each may hold the processor for a second

# The system's letters: Gradio's own themes name fonts that browsers fetch from Google.
_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]


def blocks(site: Site) -> gr.Blocks:
    """The app of a site: tabs with slots, and the check of uploads."""
    app: gr.Blocks = gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False, delete_cache=(_HOUR, _HOUR))
    with app:
        _html("CRB.app.head(element);")
        with gr.Tabs(elem_id="crb-tabs", overflow_behavior="wrap"):
            for name, label in TABS.items():
                if (name == "pairs" and not site.with_pairs) or (name == "others" and not site.document["others"]):
                    continue
                with gr.Tab(label, id=name, elem_id=f"crb-tab-{name}"):
                    _html(f'CRB.app.slot("{name}", element);')
                    if name == "submit":
                        _upload()
    return app


def launch(
    site: Site, *, host: str = "127.0.0.1", port: int | None = None, open_browser: bool = False, wait: bool = True
) -> gr.Blocks:
    """Serve a site until it is stopped.

    Args:
        site: what to serve.
        host: the address to listen on; the default is this machine alone.
        port: without it, the first free one from 7860 on.
        open_browser: whether to open a browser.
        wait: False to return at once.

    Raises:
        OSError: the port is taken.
    """
    app = blocks(site)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        app.queue(max_size=200, default_concurrency_limit=_CHECKED_AT_ONCE)
        app.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            prevent_thread_lock=not wait,
            share=False,
            ssr_mode=False,
            quiet=True,
            show_error=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            mcp_server=False,
            max_file_size=LARGEST_UPLOAD,
            theme=_theme(),
            app_kwargs={"routes": routes(site), "middleware": middleware(site), "docs_url": None, "redoc_url": None},
        )
    return app


def _theme() -> Base:
    """Gradio's plainest theme in the renderer's colours, see page/page.css."""
    theme = Base(font=_FONT, font_mono=_MONO)
    colours = {
        "body_background_fill": ("#ffffff", "#14171c"),
        "body_text_color": ("#1a1f26", "#e7ebf0"),
        "body_text_color_subdued": ("#566170", "#a2adbb"),
        "block_background_fill": ("#ffffff", "#14171c"),
        "background_fill_primary": ("#ffffff", "#14171c"),
        "border_color_primary": ("#7d8793", "#76818f"),
        "color_accent": ("#1f5a9e", "#86b6ee"),
        "block_label_text_color": ("#1a1f26", "#e7ebf0"),
        "block_label_background_fill": ("#ffffff", "#14171c"),
    }
    dark = {f"{name}_dark": pair[1] for name, pair in colours.items() if name != "color_accent"}
    return theme.set(**{name: pair[0] for name, pair in colours.items()}, **dark)


def _html(script: str) -> gr.HTML:
    """A place for nodes that a script makes; no value, so nothing that a template could run."""
    return gr.HTML(html_template=_SLOT, js_on_load=script, apply_default_css=False)


def _upload() -> None:
    with gr.Column(elem_classes="crb-submit-panel"):
        sent = gr.File(
            label="A zipped run, an entry (.json), or a results.json",
            file_types=[".zip", ".json"],
            file_count="single",
            elem_id="crb-upload",
        )
        found = gr.HTML(
            html_template=_SLOT,
            js_on_load='const show = () => CRB.app.verdict(element, props.value); watch("value", show); show();',
            apply_default_css=False,
            elem_id="crb-verdict",
        )
    options: dict[str, Any] = {"show_progress": "minimal", "api_visibility": "private"}
    sent.change(_checked, sent, found, concurrency_limit=_CHECKED_AT_ONCE, **options)


def _checked(path: str | None) -> Verdict | None:
    return None if path is None else verdict(Path(path))
