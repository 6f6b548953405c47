/** How the page looks: on a screen, light and dark, on a phone, on paper. Pure. */

/** Contrast of every pair of text and ground is at least 4.5 : 1. */
export const PAGE_STYLE = `
:root {
  --ground: #fdfdfb; --ink: #1b1f24; --quiet: #59616b; --rule: #dcdfe3; --faint: #eceef0;
  --green: #176b3f; --amber: #8a5300; --red: #b0201c; --curve: #2a4b78;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --ink: #e6e8eb; --quiet: #a3abb5; --rule: #343a41; --faint: #262b31;
    --green: #6fce9b; --amber: #e6b25a; --red: #ff8d84; --curve: #9dbde8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 3.5rem 1.5rem 5rem; }
h1, h2, h3, p, dl, ol, ul, figure, table { margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.3; font-weight: 600; letter-spacing: -.012em; max-width: 44rem;
  text-wrap: pretty; margin: .5rem 0 .75rem; }
h2 { font-size: 1.2rem; line-height: 1.35; font-weight: 600; margin: 0 0 1rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 0; }
section { margin-top: 3.5rem; }
p { max-width: 44rem; }
.quiet, small { color: var(--quiet); font-size: .875rem; font-weight: 400; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: .8125rem; overflow-wrap: anywhere; }
.passed { --tone: var(--green); } .findings { --tone: var(--amber); } .failed { --tone: var(--red); }
.skipped { --tone: var(--quiet); }

.about { color: var(--quiet); border-bottom: 1px solid var(--rule); padding-bottom: .75rem; max-width: none;
  margin-bottom: 2rem; }
.mark { color: var(--tone); font-weight: 600; white-space: nowrap; }
td .mark { font-weight: 500; }
.sign { width: 1em; height: 1em; vertical-align: -.11em; fill: none; stroke: var(--tone); stroke-width: 1.6;
  stroke-linecap: round; stroke-linejoin: round; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1.25rem 2rem; margin-top: 2.25rem; }
.figures dt { color: var(--quiet); font-size: .875rem; }
.figures dd { margin: .1rem 0 0; font-size: 1.125rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures small { display: block; }

ol.findings { list-style: none; padding: 0; display: grid; gap: 1.5rem; }
.findings > li { padding-left: 1.65rem; break-inside: avoid; }
.findings h3 { color: var(--tone); margin: 0 0 .2rem -1.65rem; display: flex; gap: .65rem; break-after: avoid; }
.findings h3 .sign { flex: none; position: relative; top: .26em; }
.findings p.quiet { margin-top: .25rem; overflow-wrap: anywhere; }

table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: .55rem 1.25rem .55rem 0; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 400; padding-bottom: .35rem; overflow-wrap: normal; }
tbody th { font-weight: 500; }
tr { break-inside: avoid; }
thead { break-after: avoid; }
.num { text-align: right; white-space: nowrap; }
table:not(.values) > tbody > tr > .mark, th.mark, td.mark { width: 7.5rem; font-weight: 400; color: inherit; white-space: normal; }
th.mark { color: var(--quiet); }
th > .quiet, td > .quiet, .stack div > .quiet, .why { display: block; }
.stack tbody th { min-width: 6.5rem; }
.pair { display: grid; grid-template-columns: minmax(0, 15rem) minmax(0, 1fr); gap: 0 1.5rem; align-items: baseline; }
.why { font-size: .875rem; font-weight: 400; }
.why.failed { color: var(--red); }
.problems { padding-left: 1.1rem; margin: .3rem 0 0; font-size: .875rem; font-weight: 400; color: var(--red); }
#checks ~ h3 { margin: 2rem 0 .25rem; }
#checks + h3 { margin-top: 0; }
.bar { display: block; width: 6rem; height: 3px; margin: .3rem 0 0 auto; background: var(--faint); text-align: left; }
.bar rect { fill: var(--quiet); }

.back { margin-bottom: 1.5rem; font-size: .875rem; }
.back a { color: var(--curve); }
.back a::before { content: "\\2190\\00a0"; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-bottom: 1.25rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 2rem 2.5rem; }
#charts ~ h3 { margin: 2.5rem 0 .75rem; }
#charts ~ .legend + h3 { margin-top: 0; }
.chart { break-inside: avoid; min-width: 0; }
.chart svg { display: block; width: 100%; height: auto; margin-top: .35rem; overflow: visible; }
.chart figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; font-variant-numeric: tabular-nums; }
.chart-title { font-weight: 600; }
svg text { font-size: 11px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .newest-words { fill: var(--ink); font-size: 11.5px; font-weight: 600; }
svg .grid, svg .ground { stroke: var(--faint); stroke-width: 1; fill: none; }
svg .ground { stroke: var(--rule); }
svg .line { stroke: var(--curve); stroke-width: 1.5; fill: none; stroke-linejoin: round; stroke-linecap: round; }
svg .alone, svg .newest { fill: var(--curve); }
svg .target { stroke: var(--amber); stroke-width: 1.2; stroke-dasharray: 5 4; fill: none; }
svg .target-words { fill: var(--amber); }
svg path.failed { stroke: var(--red); stroke-width: 2; fill: none; stroke-linecap: round; }
svg path.findings { stroke: var(--amber); stroke-width: 1.5; fill: var(--ground); stroke-linejoin: round; }
details { margin-top: 1.25rem; }
summary { cursor: pointer; color: var(--quiet); font-size: .875rem; }
details table { font-size: .875rem; margin-top: .75rem; }
details th, details td { padding: .3rem 1rem .3rem 0; }

.evidence > div { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; gap: 0 1.5rem; padding: .45rem 0;
  border-bottom: 1px solid var(--rule); font-size: .875rem; break-inside: avoid; }
.evidence dt { color: var(--quiet); }
.evidence dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
#evidence ~ h3 { margin: 2rem 0 .5rem; }
#evidence ~ ul { padding-left: 1.1rem; font-size: .875rem; max-width: 44rem; overflow-wrap: anywhere; }

@media (max-width: 42rem) {
  main { padding: 1.5rem 1.1rem 3rem; }
  h1 { font-size: 1.375rem; }
  section { margin-top: 2.75rem; }
  .about { margin-bottom: 1.25rem; }
  .figures { grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 1rem 1.25rem; margin-top: 1.5rem; }
  th, td { padding-right: .75rem; }
  .pair, .pair > .quiet { display: block; }
  table:not(.stack, .values) th.mark, table:not(.stack) .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table:not(.stack, .values) > tbody > tr > .mark { width: 1.75rem; }
  .bar { width: 3.5rem; }
  .stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; width: auto; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { padding: .9rem 0; border-bottom: 1px solid var(--rule); }
  .stack tbody th, .stack td { border: 0; padding: .15rem 0; display: grid; grid-template-columns: 8.5rem 1fr; text-align: left; }
  .stack tbody th { font-weight: 600; }
  table.stack > tbody > tr > .mark { width: auto; }
  .stack [data-label]::before { content: attr(data-label); color: var(--quiet); font-size: .875rem; font-weight: 400; padding-right: .75rem; }
  details { overflow-x: auto; }
  .evidence > div { grid-template-columns: 1fr; }
}

@media print {
  @page { size: A4; margin: 16mm 16mm 18mm; }
  :root { --ground: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --faint: #ddd; --green: #0d5a31; --amber: #7a4900;
    --red: #a01510; --curve: #1d3a63; }
  html { font-size: 13px; }
  body { line-height: 1.4; }
  main { max-width: none; padding: 0; }
  .figures { grid-template-columns: repeat(5, auto); gap: 0 1rem; }
  h2, h3, .legend, figcaption { break-after: avoid; }
  section { margin-top: 9mm; }
  th, td { padding-top: 1.3mm; padding-bottom: 1.3mm; }
  .charts { grid-template-columns: 1fr 1fr; gap: 6mm 8mm; }
  .bar, .sign, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details { display: none; }
}
`;
