import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OUTCOMES, RETIRED_NUMBERS } from './outcomes.ts'

interface Row {
  readonly number: number
  readonly code: string
  readonly anchor: string
  readonly status: number
  readonly title: string
  readonly message: string
  readonly retryable: boolean
  readonly advice: string
}

/** The rows of docs/outcomes.md, in its order. */
function documented(): Row[] {
  return readFileSync('docs/outcomes.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) => {
      const cells = line.split('|').slice(1, -1)
      const [number, code, status, title, message, retry, advice] = cells.map((cell) => cell.trim())
      const named = /^<a id="([^"]*)"><\/a>`([^`]*)`$/.exec(code!)
      return {
        number: Number(number),
        code: named?.[2] ?? code!,
        anchor: named?.[1] ?? '',
        status: Number(status),
        title: title!,
        message: message!,
        retryable: retry === 'yes',
        advice: advice ?? '',
      }
    })
}

const TABLES = new Set(
  ['', 'access-', 'publishing-', 'records-', 'visit-'].map((of) =>
    join('claim', `${of}outcomes.ts`),
  ),
)

/** Every source of the engine and the adapters but the table itself and the tests. */
function sources(): string[] {
  return ['engine', 'adapters'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .filter((name) => !TABLES.has(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  )
}

const codes = Object.entries(OUTCOMES)
  .map(([code, outcome]) => ({ code, ...outcome }))
  .sort((a, b) => a.number - b.number)

t.test('docs/outcomes.md is the table of outcomes.ts', async (t) => {
  const rows = documented()
  t.same(
    rows.map(({ advice, anchor, ...row }) => row),
    codes.map(({ code, number, status, title, message, ...rest }) => ({
      number,
      code,
      status,
      title,
      message,
      retryable: 'retryable' in rest,
    })),
  )
  for (const { code, anchor, advice } of rows) {
    t.equal(anchor, code, 'the address that a problem document gives')
    t.ok(advice.length > 10, `${code} says what to do`)
  }
})

t.test('a number is given once, and a withdrawn one never again', async (t) => {
  const numbers = codes.map(({ number }) => number)
  t.equal(new Set(numbers).size, numbers.length)
  t.same(
    numbers.filter((number) => RETIRED_NUMBERS.includes(number)),
    [],
  )
})

t.test('each code is a phrase, with sentences for programmer and cashier', async (t) => {
  for (const { code, number, status, title, message } of codes) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/)
    t.match(title, /^[A-Z][^.]*[^.\s]$/, `${code}: a phrase`)
    t.match(message, /^[^A-Za-z]*.*。$/, `${code}: a Chinese sentence`)
    t.match(message, /\p{Script=Han}/u)
    t.ok(number >= 100 && number < 1_000)
    t.ok(status >= 400 && status < 600)
  }
})

t.test('only what the engine may mend by itself is worth the same request again', async (t) => {
  const retryable = codes.filter((outcome) => 'retryable' in outcome)
  t.ok(retryable.every(({ status }) => status >= 500))
  t.same(
    codes.filter(({ status }) => status >= 500).map(({ code }) => code),
    retryable.map(({ code }) => code),
  )
})

t.test('every code is given somewhere, and none that is not in the table', async (t) => {
  const all = sources()
  const unused = codes.filter(({ code }) => !all.some((text) => text.includes(`'${code}'`)))
  t.same(
    unused.map(({ code }) => code),
    [],
  )
  const given = all.flatMap((text) =>
    [...text.matchAll(/\brefuse\(\s*'([^']+)'/g)].map(([, code]) => code!),
  )
  t.ok(given.length > 20, 'the search finds what it is looking for')
  t.same(
    given.filter((code) => !Object.hasOwn(OUTCOMES, code)),
    [],
  )
})
