"""How a page looks: light and dark, on a phone, on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d0d7de; --paper: #ffffff;
  --raised: #f6f8fa; --mark: #9a3412; --shade: #1f23284d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9da7b3; --line: #3d444d; --paper: #0d1117;
  --raised: #161c24; --mark: #ffb77c; --shade: #e6edf340; } }
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
/* A shadow at the side on which there is more: what scrolls with the content covers that of the frame. */
.scroll { overflow-x: auto; margin: .75rem 0; background:
  linear-gradient(to right, var(--paper) .6rem, transparent) 0 / 2rem 100% no-repeat local,
  linear-gradient(to left, var(--paper) .6rem, transparent) 100% / 2rem 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) 0 / .6rem 100% no-repeat,
  linear-gradient(to left, var(--shade), transparent) 100% / .6rem 100% no-repeat; }
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
td.path { min-width: 18rem; max-width: 34rem; overflow-wrap: anywhere; }
@media (max-width: 480px) { body { padding: .5rem .75rem 2rem; } h1 { font-size: 1.35rem; }
  dl { grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); }
  table { width: max-content; } thead th.number { max-width: 8rem; }
  td.text, td.path, tbody th.text { min-width: 0; max-width: 16rem; } td.path { width: 16rem; } }
@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; --ink: #000000; --faint: #444444; --line: #bbbbbb; --paper: #ffffff; --raised: #ffffff;
    --mark: #9a3412; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; background: none; }
  details:not([open]) { display: none; }
  section:last-of-type { break-inside: avoid; }
  .scroll > svg, .plot { min-width: 0 !important; max-width: 100% !important; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .3rem; }
  td.text, td.path, tbody th.text { min-width: 0; }
  .plot { max-width: 13cm !important; }
  h2, h2 + p { break-after: avoid; }
  p { break-inside: avoid; }
  tr, .plot, svg, dl > div { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
