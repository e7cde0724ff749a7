import type { VNode } from 'preact'
import type { PackSource, WordsSource } from '../../../engine/policy/pack.ts'
import { STANDINGS } from '../../../engine/policy/pack.ts'
import { STANDING_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { periodText } from '../../words/format.ts'
import { type Language, say } from '../../words/words.ts'
import { htmlOf, Page } from '../layout.tsx'
import { type BookOfCity, type BookProps, planAnchor, tableAnchor } from './book.ts'
import { PlanSection } from './plan-section.tsx'
import { RULEBOOK_STYLE } from './style.ts'
import { TableSection } from './table-section.tsx'
import { list, text } from './texts.ts'

/** The rules of one city, as a page that can be read on a screen and printed. */
export function cityPage(of: BookOfCity, language: Language): string {
  const { source } = of
  const title = `${source.title} ${text('book', language)}`
  return htmlOf(
    <Page title={title} language={language} style={RULEBOOK_STYLE}>
      <main>
        <header>
          <h1>{title}</h1>
          <p class="dim">
            <a href="index.html">{text('cities', language)}</a> · {text('version', language)}{' '}
            <span class="code">{of.pack.hash}</span>
          </p>
        </header>
        <Summary of={of} language={language} />
        <Contents of={of} language={language} />
        {source.plans.map((_, index) => (
          <PlanSection of={of} index={index} language={language} />
        ))}
        <h2 id="tables">{text('tables', language)}</h2>
        {tablesOf(source).map((table) => (
          <TableSection of={of} table={table} language={language} />
        ))}
        <Documents of={of} language={language} />
        <p class="dim">{text('made', language)}</p>
      </main>
    </Page>,
  )
}

/** All cities, with what each page holds. */
export function indexPage(cities: readonly BookOfCity[], language: Language): string {
  return htmlOf(
    <Page title={text('book', language)} language={language} style={RULEBOOK_STYLE}>
      <main>
        <h1>{text('book', language)}</h1>
        <p class="notice">{text('assumedNotice', language)}</p>
        <table>
          <thead>
            <tr>
              <th scope="col">{text('city', language)}</th>
              <th scope="col">{text('dates', language)}</th>
              <th scope="col">{text('plans', language)}</th>
              <th scope="col">{text('rows', language)}</th>
            </tr>
          </thead>
          <tbody>
            {cities.map(({ source, coverage }) => (
              <tr>
                <th scope="row">
                  <a href={`${source.id}.html`}>{source.title}</a>
                </th>
                <td>{periodText(source.covers.from, source.covers.until, language)}</td>
                <td>
                  {list(
                    coverage.schemes.map(({ scheme }) => codeText('scheme', scheme, language)),
                    language,
                  )}
                </td>
                <td>
                  {STANDINGS.map((standing) => (
                    <div class={standing === 'assumed' ? 'assumed' : ''}>
                      {coverage.rows[standing]} {say(STANDING_WORDS[standing], language)}
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="dim">{text('made', language)}</p>
      </main>
    </Page>,
  )
}

function tablesOf({ tables }: PackSource) {
  return [...tables].sort((a, b) => (a.table < b.table ? -1 : 1))
}

function Summary({ of, language }: BookProps): VNode {
  const { source, coverage } = of
  const said = (words: WordsSource | undefined) => words?.[language] ?? words?.en ?? words?.zh
  const parts = [
    [text('verified', language), said(source.coverage?.verified)],
    [text('leftOut', language), said(source.coverage?.leftOut)],
  ]
  return (
    <section>
      <p>
        {text('dates', language)}: {periodText(source.covers.from, source.covers.until, language)}.{' '}
        {text('rows', language)}:{' '}
        {list(
          STANDINGS.map(
            (standing) => `${coverage.rows[standing]} ${say(STANDING_WORDS[standing], language)}`,
          ),
          language,
        )}
      </p>
      {parts.map(
        ([name, words]) =>
          words !== undefined && (
            <p>
              <strong>{name}:</strong> {words}
            </p>
          ),
      )}
      {coverage.rows.assumed > 0 && <p class="notice">{text('assumedNotice', language)}</p>}
    </section>
  )
}

function Contents({ of, language }: BookProps): VNode {
  const { source, coverage } = of
  return (
    <nav aria-labelledby="contents">
      <h2 id="contents">{text('contents', language)}</h2>
      {coverage.schemes.map(({ scheme, withoutPlan }) => (
        <>
          <h3>{codeText('scheme', scheme, language)}</h3>
          <ul>
            {source.plans.map(
              (plan, index) =>
                plan.scheme === scheme && (
                  <li>
                    <a href={`#${planAnchor(index)}`}>
                      {list(
                        plan.careTypes.map((one) => codeText('careType', one, language)),
                        language,
                      )}
                    </a>{' '}
                    <span class="dim">
                      {list(
                        plan.layers.map(({ title }) => title),
                        language,
                      )}
                    </span>
                  </li>
                ),
            )}
          </ul>
          {withoutPlan.length > 0 && (
            <p class="dim">
              {text('refused', language)}:{' '}
              {list(
                withoutPlan.map((one) => codeText('careType', one, language)),
                language,
              )}
            </p>
          )}
        </>
      ))}
      <h3>
        <a href="#tables">{text('tables', language)}</a>
      </h3>
      <ul class="columns small">
        {tablesOf(source).map(({ table, title }) => (
          <li>
            <a href={`#${tableAnchor(table)}`}>{title}</a> <span class="code">{table}</span>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Documents({ of: { source, coverage }, language }: BookProps): VNode {
  return (
    <section>
      <h2 id="documents">{text('documents', language)}</h2>
      <table class="small">
        <tbody>
          {coverage.documents.map(({ key, rows }) => {
            const { cite, title, note } = source.documents[key]!
            return (
              <tr>
                <th scope="row">{cite}</th>
                <td>
                  {title}
                  {note !== undefined && <div class="dim">{note}</div>}
                </td>
                <td class="money">
                  {rows.seed + rows.published} {text('rows', language)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
