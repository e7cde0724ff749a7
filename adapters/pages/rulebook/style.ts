/** What a rulebook adds to the style of all pages: a table beside its clause. */
export const RULEBOOK_STYLE = `
body { max-width: 76rem }
a { color: inherit }
.period { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1rem; align-items: start; margin-bottom: .75rem }
.period aside, .basis { font-size: .8125rem; line-height: 1.45 }
.period aside { border-left: 3px solid var(--line); padding-left: .75rem; margin-top: .5rem }
blockquote { margin: .25rem 0; padding: .25rem .6rem; background: var(--soft) }
.reading { font-size: .8125rem; border-left: 3px solid var(--ink); padding-left: .6rem }
.layer { margin: .5rem 0 1rem }
.example { border: 1px solid var(--line); padding: .5rem 1rem; margin: .5rem 0 }
.columns { columns: 2 }
@media (max-width: 50rem) { .period { grid-template-columns: 1fr } .columns { columns: 1 } }
@media print { .plan { break-before: page } .period { grid-template-columns: 3fr 2fr } .example { border: 0; padding: 0 } }
`
