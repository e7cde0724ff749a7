import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { entryCodec } from '../../adapters/codec/entry-codec.ts'
import { sm3 } from '../../adapters/codec/sm3.ts'
import { type Case, readCase } from '../../fixtures/case/case-format.ts'
import { packOf, packsOf } from '../../fixtures/case/case-packs.ts'
import { runCase, type StepOutcome } from '../../fixtures/case/run-case.ts'
import { type Decision, isLookup } from '../claim/decision.ts'
import { OUTCOMES } from '../claim/outcomes.ts'
import { quoteAnswer, settlementAnswer } from '../counter/answer.ts'
import { quoteJson, settlementJson } from '../counter/answer-json.ts'
import { textOf, WORDS, wordOf } from '../counter/record-words.ts'
import { unpackSettlement } from '../counter/settlement-record.ts'
import type { Layer } from '../policy/compile-plan.ts'
import { assertSound } from './identities.ts'

const CASES = 'fixtures/cases'
const GOLDEN = 'fixtures/golden'

function yamlFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.yaml'))
}

/** Every case of fixtures/cases; what is expected stands there, and why. */
t.test('cases', async (t) => {
  const refused = new Set<string>()
  const needed = new Set<string>()
  let steps = 0
  let expectations = 0
  let written = 0
  for (const file of yamlFiles(CASES)) {
    const theCase = readCase(join(CASES, file))
    const options = theCase.todo === undefined ? {} : { todo: theCase.todo }
    const outcomes = await runCase(theCase).catch(broken)
    const wrong = outcomes.flatMap(({ name, differences }) =>
      differences.map((difference) => `${name}: ${difference}`),
    )
    t.same(wrong, [], `${file}: ${theCase.title}`, options)
    steps += outcomes.length
    written += answersWrittenAlike(t, theCase, outcomes)
    for (const { name, quoted } of outcomes) {
      if (quoted !== undefined) needsItsTables(t, `${theCase.title}: ${name}`, quoted, needed)
    }
    for (const outcome of outcomes) expectations += outcome.expectations
    for (const { expect } of theCase.steps) refused.add(expect.refused ?? '')
  }
  t.comment(
    `${steps} steps, ${expectations} expectations, ${written} answers written twice, ${needed.size} tables needed`,
  )
  t.ok(written > 500, 'answers are written as bytes, too')
  t.same(
    refusalsOfAdjudicate().filter((code) => !refused.has(code)),
    [],
    'every refusal that adjudicate gives has its case',
  )
})

/**
 * Without values in a table that decided there is no decision, whichever step asked it. Each table is
 * tried once for a step.
 */
function needsItsTables(
  t: Test,
  name: string,
  { decision, again }: NonNullable<StepOutcome['quoted']>,
  needed: Set<string>,
): void {
  for (const { step, table } of decision.trace.filter(isLookup)) {
    const asked = `${step} ${decision.packHash} ${table.name}`
    if (needed.has(asked)) continue
    needed.add(asked)
    const { periods } = table
    Object.assign(table, { periods: [] })
    const answer = again()
    Object.assign(table, { periods })
    const detail = `The table ${decision.packId}/${table.name} has no values for `
    const told = 'refused' in answer ? `${answer.refused}: ${answer.detail}` : 'a decision'
    t.ok(told.startsWith(`no-rule-for-date: ${detail}`), `${name}: ${asked}: ${told}`)
  }
}

/** Whether what is written as JSON at once is what the answer's object gives; counts the answers. */
function answersWrittenAlike(t: Test, theCase: Case, outcomes: readonly StepOutcome[]): number {
  let count = 0
  for (const { name, quoted, entry, position } of outcomes) {
    if (quoted !== undefined) {
      const { decision } = quoted
      const answer = JSON.stringify(quoteAnswer(decision, 'a "quote"', 7))
      t.equal(utf8(quoteJson(decision, 'a "quote"', 7)), answer, `${theCase.title}: ${name}`)
      count++
    } else if (entry?.kind === 'settlement') {
      const byHash = (hash: string) => packsOf(theCase).find((one) => one.hash === hash)
      const { decision, requestId } = unpackSettlement(entry, byHash)
      const answer = JSON.stringify(settlementAnswer(decision, requestId, position!, 1_000))
      const text = settlementJson(decision, requestId, position!, 1_000)
      t.equal(utf8(text), answer, `${theCase.title}: ${name}`)
      count++
    }
  }
  return count
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}

/** A case that throws is one failure; the others run on. */
function broken(error: Error): StepOutcome[] {
  return [{ name: 'threw', answer: {}, expectations: 0, differences: [error.stack ?? `${error}`] }]
}

/** The codes that stand in this folder's sources. */
function refusalsOfAdjudicate(): string[] {
  const folder = 'engine/adjudicate'
  const text = readdirSync(folder)
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  return Object.keys(OUTCOMES).filter((code) => text.includes(`'${code}'`))
}

const LINE = {
  amountFen: 50,
  ownPayFen: 5,
  overLimitFen: 3,
  firstSelfPayFen: 7,
  inScopeFen: 35,
}
const AMOUNTS = {
  totalFen: 100,
  ownPayFen: 10,
  overLimitFen: 6,
  firstSelfPayFen: 14,
  inScopeFen: 70,
  deductibleFen: 20,
  fundFen: 40,
  hospitalFen: 0,
  patientFen: 60,
  accountFen: 25,
  cashFen: 35,
}
const SHARE = { kind: 'share', base: ['in-scope'], deductible: {} }

interface Off {
  readonly amounts?: Partial<typeof AMOUNTS>
  readonly line?: Partial<typeof LINE>
  readonly other?: Partial<typeof LINE>
  readonly paid?: readonly number[]
  readonly layer?: object
}

const DUE = { amounts: { deductibleFen: 71 } }
const HOSPITAL = { amounts: { hospitalFen: 1, patientFen: 59, cashFen: 34 } }
const NOT_BOOKED: readonly [off: Off, broken: string | undefined][] = [
  [{}, undefined],
  [{ amounts: { ownPayFen: 11 } }, 'total = own-pay + over-limit + first self-pay + in-scope'],
  [{ amounts: { fundFen: 41 } }, 'total = funds + patient part + hospital part'],
  [{ amounts: { accountFen: 26 } }, 'patient part = account + cash'],
  [{ paid: [30, 11] }, 'funds = sum of the fund parts'],
  [{ line: { inScopeFen: 36 } }, 'a line = the sum of its buckets'],
  [{ line: { amountFen: 51, inScopeFen: 36 } }, 'total = sum of the lines'],
  [{ line: { ownPayFen: 6, inScopeFen: 34 } }, 'own-pay = sum of the lines'],
  [{ line: { overLimitFen: 4, inScopeFen: 34 } }, 'over-limit = sum of the lines'],
  [{ line: { firstSelfPayFen: 8, inScopeFen: 34 } }, 'first self-pay = sum of the lines'],
  [{ amounts: { deductibleFen: -1 } }, 'no amount is negative'],
  [{ paid: [-1, 41] }, 'no fund pays a negative amount'],
  [
    { line: { amountFen: 14, inScopeFen: -1 }, other: { amountFen: 86, inScopeFen: 71 } },
    'no bucket of a line is negative',
  ],
  [
    { line: { amountFen: 46, overLimitFen: -1 }, other: { amountFen: 54, overLimitFen: 7 } },
    'no bucket of a line is negative',
  ],
  [HOSPITAL, 'the hospital bears nothing outside care by case'],
  [{ ...HOSPITAL, layer: { kind: 'by-case' } }, undefined],
  [{ ...HOSPITAL, layer: { bearer: 'institution' } }, undefined],
  [DUE, 'the deductible is part of what is in scope'],
  [{ ...DUE, layer: { base: ['in-scope', 'first-self-pay'] } }, undefined],
  [{ ...DUE, layer: { measure: 'total' } }, undefined],
  [
    { ...DUE, layer: { base: ['own-pay', 'first-self-pay'] } },
    'the deductible is part of what is in scope',
  ],
  [
    { ...DUE, layer: { measure: 'total', deductible: undefined } },
    'the deductible is part of what is in scope',
  ],
]

t.test('a decision that does not add up is not booked', async (t) => {
  for (const [off, broken] of NOT_BOOKED) {
    const decision = {
      amounts: { ...AMOUNTS, ...off.amounts },
      lines: [
        { ...LINE, ...off.line },
        { ...LINE, ...off.other },
      ],
      funds: (off.paid ?? [30, 10]).map((payFen) => ({ payFen })),
    }
    const layer = { ...SHARE, ...off.layer }
    const asserted = () => assertSound(decision as unknown as Decision, [layer as unknown as Layer])
    const name = JSON.stringify(off)
    if (broken === undefined) t.doesNotThrow(asserted, name)
    else t.throws(asserted, { message: `a decision breaks the identity: ${broken}` }, name)
  }
})

interface Golden {
  readonly step: string
  readonly answer: object
  /** The journal entry as it was packed when the file was made, in base64. */
  readonly entry?: string
  readonly position?: number
}

/**
 * The exact answers to a few requests. fixtures/golden/README.md says what a difference means and
 * how the files are made anew.
 */
for (const file of yamlFiles(GOLDEN)) {
  t.test(`golden ${file}`, async (t) => {
    const theCase = readCase(join(GOLDEN, file))
    const outcomes = await runCase(theCase)
    for (const { name, differences } of outcomes) t.same(differences, [], name)
    const goldenFile = join(GOLDEN, file.replace(/\.yaml$/, '.json'))
    if (process.env['GOLDEN'] === 'write') {
      writeFileSync(goldenFile, `${JSON.stringify(outcomes.map(goldenOf), null, 2)}\n`)
    }
    const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden[]
    t.equal(outcomes.length, golden.length)
    for (const [index, expected] of golden.entries()) {
      const made = goldenOf(outcomes[index]!)
      // Byte for byte: the order of the members counts as well.
      t.equal(JSON.stringify(made.answer), JSON.stringify(expected.answer), `${made.step} answers`)
      t.equal(made.entry, expected.entry, `${made.step} is packed as it was`)
      readsBack(t, expected, theCase)
    }
    // What earlier layouts packed is read for good.
    const layouts = readdirSync(GOLDEN).filter(
      (name) => name.startsWith(file.replace(/yaml$/, 'layout-')) && name.endsWith('.json'),
    )
    for (const name of layouts) {
      const old = JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as Golden[]
      for (const expected of old) readsBack(t, expected, theCase)
    }
  })
}

/** More words lengthen the list; then both numbers of the last row are those of the longer list. */
const WORDS_SO_FAR = [
  { count: 153, hash: '9c2da712d1b48a12b27d01036407aab748d4652ac1fcb3f7a0f5ba6b6b57f739' },
]

t.test('the words of records keep their places for good', async (t) => {
  for (const { count, hash } of WORDS_SO_FAR) {
    const words = Buffer.from(WORDS.slice(0, count).join(' '))
    t.equal(Buffer.from(sm3(words)).toString('hex'), hash, `the first ${count}`)
  }
  t.equal(WORDS.length, WORDS_SO_FAR.at(-1)!.count)
  t.equal(new Set(WORDS).size, WORDS.length, 'none twice')
  for (const text of [...WORDS, 'a name that a pack gives']) t.equal(textOf(wordOf(text)), text)
  t.equal(typeof wordOf(WORDS[0]), 'number')
  t.throws(() => textOf(WORDS.length), /the word \d+, which is not known/)
})

/** The stored bytes give the answer that was given. */
function readsBack(t: Test, expected: Golden, theCase: Case): void {
  if (expected.entry === undefined) return
  const entry = entryCodec.decodeEntry(Buffer.from(expected.entry, 'base64'))
  if (entry.kind !== 'settlement') return
  const pack = packOf(theCase.pack)
  const { decision, requestId } = unpackSettlement(entry, () => pack)
  const answer = settlementAnswer(decision, requestId, expected.position!, entry.bookedAt)
  t.equal(
    JSON.stringify(answer),
    JSON.stringify(expected.answer),
    `${expected.step} reads back from the old bytes as it was answered`,
  )
}

function goldenOf({ name, answer, entry, position }: StepOutcome): Golden {
  return {
    step: name,
    answer,
    ...(entry === undefined
      ? {}
      : { entry: Buffer.from(entryCodec.encodeEntry(entry)).toString('base64') }),
    ...(position === undefined ? {} : { position }),
  }
}
