"""How a page looks: light and dark, on a phone, on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d0d7de; --paper: #ffffff;
  --raised: #f6f8fa; --mark: #9a3412; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9da7b3; --line: #3d444d; --paper: #0d1117;
  --raised: #161c24; --mark: #ffb77c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.25rem 3rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h1, h2, p, li { overflow-wrap: anywhere; }
h1, p, th, td, dd { unicode-bidi: isolate; }
p { margin: .5rem 0; max-width: 48rem; }
.faint, .none, footer { color: var(--faint); }
.open { color: var(--mark); font-weight: 600; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
dl > div { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
dt { color: var(--faint); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: .75rem 0; }
.scroll:focus-visible { outline: 2px solid var(--mark); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; }
th.number, td.number { text-align: right; white-space: nowrap; }
thead th.number { white-space: normal; }
td.key, th.key, td.moment, th.moment { white-space: nowrap; }
td.text, tbody th.text { min-width: 9rem; max-width: 34rem; overflow-wrap: anywhere; }
.plot { display: block; width: 100%; max-width: 40rem; min-width: 21rem; border: 1px solid var(--line);
  border-radius: 6px; background: #ffffff; }
@media (max-width: 480px) { body { padding: .5rem .75rem 2rem; } h1 { font-size: 1.35rem; } }
td.path { min-width: 18rem; max-width: 34rem; overflow-wrap: anywhere; }
@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; --ink: #000000; --faint: #444444; --line: #bbbbbb; --paper: #ffffff; --raised: #ffffff;
    --mark: #9a3412; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; }
  .scroll > svg, .plot { min-width: 0 !important; max-width: 100% !important; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .3rem; }
  td.text, td.path, tbody th.text { min-width: 0; }
  .plot { max-width: 13cm !important; }
  h2 { break-after: avoid; }
  tr, .plot, svg, dl > div { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
