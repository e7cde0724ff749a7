/** Readable on a screen and on A4 in black and white; meaning never hangs on colour alone. */
export const STYLE = `
:root { color-scheme: light; --line: #b8bec6; --soft: #f3f5f7; --ink: #14181d; --dim: #4c5661; --warn: #8a3b00 }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; color: var(--ink); background: #fff;
  font: 16px/1.55 system-ui, -apple-system, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 2px solid var(--ink) }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .35rem }
h4 { font-size: 1rem; margin: 0 }
p { margin: .35rem 0 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top }
th { background: var(--soft); font-weight: 600 }
td.money, th.money { text-align: right }
td.money { white-space: nowrap }
.dim { color: var(--dim) }
.assumed { color: var(--warn); font-weight: 600 }
.notice h2 { margin-top: 0 }
.notice { border: 2px solid var(--warn); padding: .5rem .75rem; margin: .75rem 0 }
code, .code { font-family: ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; font-size: .9em; overflow-wrap: anywhere }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: .75rem 0 }
.figures > div { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; background: var(--soft) }
.figures > div:last-child { border: 2px solid var(--ink); background: #fff }
.figures dt { font-weight: 600 }
.figures dd { margin: 0; font-size: 1.9rem; font-weight: 700; line-height: 1.2; white-space: nowrap; font-variant-numeric: tabular-nums }
.figures small { font-size: 1rem; font-weight: 400 }
.facts th { width: 18% }
.facts td { width: 32% }
.version th { width: 30% }
.side-by-side { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 1rem; align-items: start }
.side-by-side th { font-weight: 400 }
.side-by-side thead th { font-weight: 600 }
.small { font-size: .875rem }
.steps { table-layout: fixed }
.steps th, .steps td { overflow-wrap: anywhere }
.steps th:first-child { width: 20% }
.steps th:last-child { width: 38% }
.steps th { font-weight: 600 }
.steps th .dim { font-weight: 400 }
.values { margin: 0; padding: 0; list-style: none }
.equations th { width: 35%; font-weight: 400 }
.equation { font-variant-numeric: tabular-nums }
.equations tr:last-child .equation { font-weight: 700 }
.sign { display: flex; gap: 1rem; margin-top: 2rem }
.sign span { flex: 1; border-bottom: 1px solid var(--ink) }
@page { size: A4; margin: 14mm 12mm }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt; line-height: 1.4 }
  h2 { margin-top: 1rem }
  th, td { padding: .15rem .35rem }
  .figures dd { font-size: 1.5rem }
  .small { font-size: 8.5pt }
  .sign { margin-top: 1.5rem }
  .side-by-side { grid-template-columns: 1fr 1fr }
  .for-checking { break-before: page }
  h2, h3, h4, caption { break-after: avoid }
  tr, .step { break-inside: avoid }
  thead { display: table-header-group }
  tbody tr:first-child { break-before: avoid }
}
`
