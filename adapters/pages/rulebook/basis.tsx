import type { VNode } from 'preact'
import { citedClauses } from '../../../engine/policy/clauses.ts'
import type { MarkSource, PackSource } from '../../../engine/policy/pack.ts'
import { STANDING_WORDS } from '../../words/amounts.ts'
import { type Language, say } from '../../words/words.ts'
import { text } from './texts.ts'

interface BasisProps {
  readonly mark: MarkSource
  readonly documents: PackSource['documents']
  readonly language: Language
}

/** What a value rests on: document, clause and its words; or, plainly, that it is assumed. */
export function BasisOf({ mark, documents, language }: BasisProps): VNode {
  const { standing, reference, note } = mark
  const document = reference === undefined ? undefined : documents[reference.document]
  const clauses =
    document === undefined || reference?.clause === undefined
      ? []
      : citedClauses(document, reference.clause)
  return (
    <div class="basis">
      <p class={standing === 'assumed' ? 'assumed' : 'dim'}>
        {say(STANDING_WORDS[standing], language)}
      </p>
      {document !== undefined && (
        <p>
          {document.title}
          <br />
          <span class="dim">{document.cite}</span>
        </p>
      )}
      {clauses.map(({ clause, text: words }) => (
        <>
          <p>
            <strong>{clause}</strong>
          </p>
          {words === undefined ? (
            standing === 'seed' && <p class="dim">{text('noText', language)}</p>
          ) : (
            <blockquote lang="zh">
              {words.split('\n').map((paragraph) => (
                <p>{paragraph}</p>
              ))}
            </blockquote>
          )}
        </>
      ))}
      {note !== undefined && (
        <p class="dim">
          {text('note', language)}: {note}
        </p>
      )}
    </div>
  )
}
