"""A read in a notebook: its bar, and the stop button."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from playwright.sync_api import expect

from operate_frames.sandbox import serve
from tests.browser.jupyter import FRONT_ENDS

BAR = re.compile(r"process_instances:\s.*rows/s")
BAR_WITH_ROWS = re.compile(r"process_instances:\s.*[1-9][\d.]*k\srows")
BAR_WITH_SHARE = re.compile(r"process_instances:[\s\S]*[1-9]\d?%[\s\S]*[1-9][\d.]*k\srows")
ROWS = 30_000


@pytest.fixture(scope="module")
def slow():
    """A distant server: a read of all its rows takes some seconds."""
    with serve(auth="none", instances=ROWS, delay=0.2) as server:
        yield server


def test_a_read_shows_a_bar_while_it_runs_and_only_its_result_after(opened, slow):
    one_by_one = "len(of.read_instances(workers=1))"  # so that there is time to see how far it has come
    notebook = opened(connect_to(slow), one_by_one)
    notebook.run(1)
    notebook.start(2)
    expect(notebook.output(2)).to_contain_text(BAR)
    expect(notebook.output(2)).to_contain_text(BAR_WITH_SHARE)
    notebook.wait_for_end_of(2)
    expect(notebook.output(2)).to_contain_text(str(ROWS))
    expect(notebook.output(2)).not_to_contain_text("rows")


@pytest.mark.parametrize("jupyter", FRONT_ENDS, indirect=True)
def test_the_stop_button_keeps_the_rows_so_far_and_where_to_go_on(opened, slow):
    going_on = """
        stopped = operate.last_interrupted
        print("rows kept:", 0 < len(stopped.partial))
        rest = of.read_instances(resume=stopped.resume)
        print(len(stopped.partial) + len(rest), "rows in all")
    """
    notebook = opened(connect_to(slow), "frame = of.read_instances()", dedent(going_on))
    notebook.run(1)
    notebook.start(2)
    expect(notebook.output(2)).to_contain_text(BAR_WITH_ROWS)
    notebook.interrupt()
    notebook.wait_for_end_of(2)
    expect(notebook.output(2)).to_contain_text(re.compile(r"ReadInterrupted: Interrupted after \d+ rows"))
    expect(notebook.output(2)).not_to_contain_text("Traceback")
    notebook.run(3)
    expect(notebook.output(3)).to_contain_text("rows kept: True")
    expect(notebook.output(3)).to_contain_text(f"{ROWS} rows in all")


def connect_to(server):
    return f"import operate_frames as of\noperate = of.connect({server.base_url!r}, auth='none')"
