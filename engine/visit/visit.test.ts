import t, { type Test } from 'tap'
import { entryCodec } from '../../adapters/codec/entry-codec.ts'
import { sm3 } from '../../adapters/codec/sm3.ts'
import { L2, L3, PHARMACY } from '../../fixtures/counter/bills.ts'
import { books, charge, part, type Step, Teller, whole } from '../../fixtures/visit/teller.ts'
import { openVisitWorld, type VisitWorld } from '../../fixtures/visit/visit-world.ts'
import { isRefusal, OUTCOMES } from '../claim/outcomes.ts'
import { verifyJournal } from '../ledger/verify.ts'
import { check } from '../replay/check.ts'
import { packEvent, unpackEvent } from './event-form.ts'
import type { DrugPack } from './visit.ts'

/**
 * Visits told as stories, each a table of steps. An outpatient of 2023 at level 2 pays the first
 * 200.00 of the year, then 40 %; a resident's stay of 2012 there has 300.00 of its own, then 40 %.
 */
const B1 = { part: { batch: 'B1' } }
const B2 = { part: { batch: 'B2' } }
const FINAL = { part: { final: true } }
const on = (day: string) => `2012-06-${day}`
const interim = (day: string) => ({ part: { final: false, until: on(day) } })
const billed = [
  charge('1', 200_000, { batch: 'B1', on: '2023-06-01' }),
  charge('2', 120_000, { batch: 'B1', on: '2023-06-01' }),
]
const days = [charge('1', 500_000, { on: on('02') }), charge('2', 500_000, { on: on('08') })]
const booked = { replayed: false }
const ofB1 = { answer: { decision: { amounts: { totalFen: 320_000, fundFen: 180_000 } } } }
/** One of what costs 12.345 yuan, returned. */
function oneBack(number: string, amountFen = 1_235) {
  const back = charge(number, amountFen, { returns: '1' })
  return { ...back, line: { ...back.line, unitPriceFen: '1234.5' } }
}

const pills = { at: PHARMACY, lines: [charge('1', 5_000)], sameness: 'tuesday' }

const packed = (number: string, packs: readonly DrugPack[], batch = 'B1') =>
  charge(number, 5_000, { batch, on: '2023-06-01', packs })
/** A purchase that is known by `name`, as is its settlement. */
const sale = (name: string, packs: readonly DrugPack[]) => ({
  at: PHARMACY,
  v: name,
  s: name,
  sameness: name,
  lines: [packed('1', packs)],
})

const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'an outpatient visit, settled by batch, cancelled and settled again': [
    ['register', {}, { answer: { event: { type: 'opened', kind: 'outpatient' } } }],
    ['settle', B1, 'visit-nothing-to-settle'],
    ['upload', { lines: billed }, { answer: { event: { lines: { length: 2 } } } }],
    ['upload', { lines: [charge('3', 200_000, { batch: 'B2' })] }, booked],
    ['quote', B1, ofB1.answer],
    ['quote', {}, { decision: { amounts: { totalFen: 520_000 } } }],
    ['settle', { ...B1, s: 's1', id: 'first' }, { ...ofB1, ...booked }],
    ['quote', B1, 'visit-settled'],
    ['settle', { ...B2, s: 's2' }, { answer: { decision: { amounts: { fundFen: 120_000 } } } }],
    [
      'find',
      {},
      {
        settlements: { length: 2 },
        settled: new Map([1, 2, 3].map((number) => [String(number), Number])),
      },
    ],
    ['cancel', {}, 'visit-has-settlement'],
    ['cancelSettlement', { s: 's1' }, { answer: { amounts: { fundFen: -180_000 } } }],
    ['cancelSettlement', { s: 's1' }, 'already-reversed'],
    ['undo', { original: 'first' }, 'already-reversed'],
    // The deductible of the year is nobody's again: it was the reversed one that bore it.
    ['settle', { ...B1, s: 's3' }, { ...ofB1, ...booked }],
    ['cancelSettlement', { s: 's3' }, booked],
    ['cancelSettlement', { s: 's2' }, booked],
    ['cancel', {}, { answer: { event: { type: 'cancelled', way: 'ordinary' } } }],
    ['upload', { lines: billed }, 'visit-cancelled'],
    ['settle', B1, 'visit-cancelled'],
  ],
  'a batch that was charged on two days is one bill, of the last of them': [
    ['register', {}, booked],
    [
      'upload',
      { lines: [charge('2', 120_000, { batch: 'B1', on: '2023-06-03' }), billed[0]!] },
      booked,
    ],
    ['quote', B1, { claim: { servedOn: '2023-06-03' }, ...ofB1.answer }],
    ['settle', { ...B1, s: 's', id: 'A' }, { ...ofB1, ...booked }],
    ['settle', { ...B1, s: 's', id: 'B' }, { answer: { requestId: 'A' }, replayed: true }],
    ['find', {}, { lines: new Map([['1', { line: { servedOn: '2023-06-01' } }]]) }],
    ['cancelSettlement', { s: 's' }, booked],
    [
      'quotePurchase',
      { ...pills, lines: [charge('1', 5_000, { on: '2023-06-01' }), charge('2', 5_000)] },
      { decision: { amounts: { totalFen: 10_000 } } },
    ],
  ],
  'lines that are settled stay as they are': [
    ['register', {}, booked],
    ['upload', { lines: billed }, booked],
    ['settle', { ...B1, s: 's' }, booked],
    ['upload', { lines: billed }, { answer: { event: { lines: { length: 0 } } } }],
    ['upload', { lines: [charge('4', 100, { batch: 'B1' })] }, 'visit-batch-settled'],
    ['upload', { lines: [charge('1', 100, { batch: 'B1' })] }, 'visit-line-differs'],
    ['remove', { removal: { numbers: ['2', '1'] } }, 'visit-line-settled'],
    ['remove', { removal: { batch: 'B1' } }, 'visit-line-settled'],
    ['upload', { lines: [charge('4', 100, { batch: 'B2' })] }, booked],
    ['remove', { removal: { all: true } }, { answer: { event: { numbers: ['4'] } } }],
    ['remove', {}, { answer: { event: { numbers: { length: 0 } } } }],
    ['cancelSettlement', { s: 's' }, booked],
    ['remove', { removal: { batch: 'B1' } }, { answer: { event: { numbers: ['1', '2'] } } }],
    ['remove', { removal: { batch: 'B1' } }, 'visit-line-unknown'],
    ['remove', { removal: { numbers: ['1'] } }, 'visit-line-unknown'],
    ['upload', { lines: [charge('1', 100, { batch: 'B1' })] }, booked],
    ['settle', B1, { answer: { decision: { amounts: { totalFen: 100 } } } }],
  ],
  'the same settlement under another message id is the same settlement': [
    ['register', { id: 'R' }, booked],
    ['upload', { lines: billed }, booked],
    ['settle', { ...B1, s: 's', id: 'A' }, booked],
    ['settle', { ...B1, s: 's', id: 'B' }, { answer: { requestId: 'A' }, replayed: true }],
    ['settle', { ...B1, terms: { totalFen: 1 } }, 'visit-settled'],
    ['settle', { ...B1, terms: { careType: 'emergency' } }, 'visit-settled'],
    ['settle', {}, 'visit-nothing-to-settle'],
    ['settle', { ...B1, id: 'A', terms: { careType: 'emergency' } }, 'request-id-reused'],
    ['settlementsOf', {}, [{ requestId: 'A' }]],
    // The answer to either was lost: undoing the second undoes what the first booked.
    ['undo', { original: 'B', id: 'U' }, { answer: { outcome: 'reversed' }, again: false }],
    ['undo', { original: 'A' }, { answer: { outcome: 'reversed' }, again: true }],
    ['settle', { ...B1, s: 's', id: 'C' }, booked],
    ['settle', { ...B1, id: 'B' }, { answer: { requestId: 'A' }, replayed: true }],
  ],
  'a message that is undone before it arrives': [
    ['register', {}, booked],
    ['upload', { lines: billed }, booked],
    ['undo', { original: 'late' }, { answer: { outcome: 'blocked' }, again: false }],
    ['undo', { original: 'late' }, { answer: { outcome: 'blocked' }, again: true }],
    ['settle', { ...B1, id: 'late' }, 'request-blocked'],
    ['undo', { original: 'early', of: 'admit' }, { answer: { outcome: 'blocked' } }],
    ['admit', { v: 'stay', id: 'early' }, 'request-blocked'],
    [
      'undo',
      { original: 'never', of: 'purchase', at: PHARMACY },
      { answer: { outcome: 'blocked' } },
    ],
    ['purchase', { ...pills, v: 'p', id: 'never' }, 'request-blocked'],
    ['settle', { ...B1, id: 'anew' }, booked],
    ['undo', { original: 'anew', person: 'CQR1' }, 'settlement-not-found'],
    ['undo', { original: 'anew', person: 'CQE1' }, { answer: { outcome: 'reversed' } }],
  ],
  'nobody else sees a visit': [
    ['register', {}, booked],
    ['upload', { at: L3, lines: billed }, 'visit-unknown'],
    ['upload', { person: 'CQR1', lines: billed }, 'visit-unknown'],
    ['upload', { v: 'of nobody', lines: billed }, 'visit-unknown'],
    ['settle', { at: L3 }, 'visit-unknown'],
    ['cancelSettlement', { s: 'of nobody' }, 'settlement-not-found'],
    ['register', { person: 'NOBODY', v: 'w' }, 'person-unknown'],
    ['register', { at: 'H1', v: 'w' }, 'institution-unknown'],
    ['discharge', {}, 'visit-kind'],
    ['settle', FINAL, 'visit-kind'],
    ['undo', { original: 'M1', of: 'register' }, { answer: { outcome: 'reversed' } }],
  ],
  'lines are right or none of them is taken': [
    ['register', {}, booked],
    ['upload', { lines: [charge('1', 1), charge('1', 1)] }, 'duplicate-line-id'],
    ['upload', { lines: [charge('1', 1), wrong('2')] }, 'amount-mismatch'],
    ['find', {}, { lines: new Map() }],
    ['upload', { lines: billed }, booked],
    ['settle', { ...B1, terms: { totalFen: 319_999 } }, 'visit-total-differs'],
    [
      'upload',
      { lines: [{ ...charge('9', 1), line: { ...charge('9', 1).line, code: 'X' } }] },
      booked,
    ],
    ['settle', {}, 'unknown-item'],
    ['remove', { removal: { numbers: ['9'] } }, booked],
    ['settle', { terms: { totalFen: 320_000 } }, booked],
  ],
  'a stay from admission to discharge': [
    ['admit', {}, booked],
    ['inHospital', { person: 'CQR1' }, { stay: { institutionId: L2 } }],
    ['admit', { at: L3, v: 'w' }, 'in-hospital'],
    ['admit', { v: 'w' }, 'in-hospital'],
    ['upload', { lines: days }, booked],
    ['cancel', {}, 'visit-has-lines'],
    ['settle', FINAL, 'not-discharged'],
    [
      'quote',
      { part: { final: true, until: on('10') } },
      { decision: { amounts: { fundFen: 582_000 } } },
    ],
    ['discharge', { on: '2012-05-31' }, 'visit-dates-invalid'],
    ['discharge', {}, booked],
    ['discharge', {}, 'already-discharged'],
    ['inHospital', { person: 'CQR1' }, { nowhere: true }],
    ['settle', { ...FINAL, s: 's' }, { answer: { decision: { amounts: { fundFen: 582_000 } } } }],
    ['settle', { ...FINAL, s: 's' }, { replayed: true }],
    ['settle', interim('08'), 'visit-settled'],
    ['upload', { lines: [charge('3', 1)] }, 'visit-has-settlement'],
    ['undoDischarge', {}, 'visit-has-settlement'],
    ['cancelSettlement', { s: 's' }, booked],
    ['undoDischarge', {}, booked],
    ['undoDischarge', {}, 'not-discharged'],
    ['admit', { at: L3, v: 'w' }, 'in-hospital'],
    ['upload', { lines: [charge('3', 100_000, { on: on('09') })] }, booked],
    ['settle', { part: { final: true, until: on('11') }, s: 's' }, booked],
    ['discharge', { on: on('10') }, 'visit-dates-invalid'],
    ['discharge', { on: on('11') }, booked],
    ['cancelSettlement', { s: 's' }, booked],
    ['remove', {}, { answer: { event: { numbers: ['1', '2', '3'] } } }],
    ['cancel', {}, booked],
    ['inHospital', { person: 'CQR1' }, { nowhere: true }],
  ],
  'interim settlements': [
    ['admit', {}, booked],
    ['upload', { lines: days }, booked],
    [
      'settle',
      { ...interim('05'), s: 'a' },
      { answer: { part: { from: on('01'), until: on('05') } } },
    ],
    ['settle', { ...interim('05'), s: 'a' }, { replayed: true }],
    ['change', { info: { begunOn: on('02') } }, 'visit-has-settlement'],
    ['change', { info: { diagnoses: ['I10'] } }, booked],
    ['settle', interim('05'), 'visit-settled'],
    ['settle', interim('06'), 'visit-nothing-to-settle'],
    ['discharge', { on: on('04') }, 'visit-dates-invalid'],
    ['settle', { part: { final: true, until: on('04') } }, 'visit-dates-invalid'],
    [
      'settle',
      { part: { final: false }, s: 'b' },
      { answer: { part: { from: on('05'), until: on('08') } } },
    ],
    ['settle', { part: { final: false }, s: 'b' }, { replayed: true }],
    ['discharge', {}, booked],
    ['settle', FINAL, 'visit-nothing-to-settle'],
    ['cancelSettlement', { s: 'b' }, booked],
    [
      'settle',
      { ...FINAL, s: 'c' },
      { answer: { part: { from: on('05'), until: on('10'), final: true } } },
    ],
    ['cancelSettlement', { s: 'a' }, booked],
    ['settle', interim('05'), 'visit-has-settlement'],
    ['cancelSettlement', { s: 'c' }, booked],
    // The later part first, then the earlier one, each with its own days.
    ['upload', { lines: [charge('3', 100_000, { on: on('09') })] }, booked],
    ['settle', { ...interim('05'), s: 'a' }, booked],
    ['settle', { ...interim('09'), s: 'b' }, { answer: { part: { from: on('05') } } }],
    ['cancelSettlement', { s: 'a' }, booked],
    ['settle', { ...interim('05'), s: 'a' }, { answer: { part: { from: on('01') } } }],
    ['cancelSettlement', { s: 'a' }, booked],
    ['cancelSettlement', { s: 'b' }, booked],
    ['remove', { removal: { numbers: ['3'] } }, booked],
    [
      'settle',
      FINAL,
      { answer: { decision: { amounts: { totalFen: 1_000_000, fundFen: 582_000 } } } },
    ],
  ],
  'a person lies in one place': [
    ['admit', { v: 'a', id: 'A' }, booked],
    ['discharge', { v: 'a' }, booked],
    ['admit', { v: 'b', id: 'B', at: L3, info: { begunOn: on('11') } }, booked],
    ['undoDischarge', { v: 'a' }, 'in-hospital'],
    [
      'undo',
      { at: L3, original: 'B', of: 'admit' },
      { answer: { outcome: 'reversed' }, again: false },
    ],
    [
      'undo',
      { at: L3, original: 'B', of: 'admit' },
      { answer: { outcome: 'reversed' }, again: true },
    ],
    ['undoDischarge', { v: 'a' }, booked],
    ['upload', { v: 'a', lines: days }, booked],
    ['undo', { original: 'A', of: 'admit' }, 'visit-has-lines'],
    ['remove', { v: 'a' }, booked],
    ['cancel', { v: 'a' }, booked],
    ['undo', { original: 'A', of: 'admit' }, 'visit-cancelled'],
    ['undo', { original: 'A', of: 'admit', person: 'CQE1' }, 'visit-unknown'],
    ['admit', { v: 'b', at: L3 }, booked],
  ],
  'what is returned': [
    ['admit', {}, booked],
    ['upload', { lines: [charge('1', 1_000_000, { quantity: 10 })] }, booked],
    ['upload', { lines: [charge('2', 100_000, { returns: '9' })] }, 'return-invalid'],
    [
      'upload',
      { lines: [charge('2', 1_100_000, { quantity: 11, returns: '1' })] },
      'return-invalid',
    ],
    ['upload', { lines: [charge('2', 90_000, { returns: '1' })] }, 'return-invalid'],
    ['upload', { lines: [charge('2', 300_000, { quantity: 3, returns: '1' })] }, booked],
    ['upload', { lines: [charge('3', 100_000, { returns: '2' })] }, 'return-invalid'],
    ['upload', { lines: [charge('3', 800_000, { quantity: 8, returns: '1' })] }, 'return-invalid'],
    ['quote', interim('05'), { decision: { amounts: { totalFen: 700_000 } } }],
    ['upload', { lines: [charge('3', 700_000, { quantity: 7, returns: '1' })] }, booked],
    ['quote', interim('05'), 'visit-nothing-to-settle'],
    ['remove', { removal: { numbers: ['3'] } }, booked],
    ['settle', { ...interim('05'), s: 's' }, { answer: { claim: { lines: [{ quantity: '7' }] } } }],
    ['upload', { lines: [charge('4', 100_000, { returns: '1' })] }, 'visit-line-settled'],
    ['remove', { removal: { numbers: ['2'] } }, 'visit-line-settled'],
    ['cancelSettlement', { s: 's' }, booked],
    // A line takes with it what returns it.
    ['remove', { removal: { numbers: ['1'] } }, { answer: { event: { numbers: ['1', '2'] } } }],
  ],
  'what is left comes to what was charged less what was returned, each rounded': [
    ['admit', {}, booked],
    // 2 at 12.345 yuan, and one of them back: 24.69 less 12.35.
    ['upload', { lines: [charge('1', 2_469, { quantity: 2 })] }, booked],
    ['upload', { lines: [oneBack('2', 1_234)] }, 'amount-mismatch'],
    ['upload', { lines: [oneBack('2')] }, booked],
    ['quote', interim('05'), { decision: { amounts: { totalFen: 1_234 } } }],
    ['upload', { lines: [charge('3', 3_704)] }, booked],
    [
      'settle',
      { ...interim('05'), s: 's' },
      {
        answer: {
          claim: {
            lines: [
              { quantity: '1', unitPriceFen: '1234', amountFen: 1_234 },
              { quantity: '1', unitPriceFen: '3704', amountFen: 3_704 },
            ],
          },
        },
      },
    ],
    ['cancelSettlement', { s: 's' }, booked],
    // The last of it takes what is left of the amount; its product is let pass, too.
    ['upload', { lines: [oneBack('4', 1_233)] }, 'amount-mismatch'],
    ['upload', { lines: [oneBack('4', 1_234)] }, booked],
    ['quote', interim('05'), { decision: { amounts: { totalFen: 3_704 } } }],
    ['remove', { removal: { numbers: ['2'] } }, booked],
    ['quote', interim('05'), { decision: { amounts: { totalFen: 4_939 } } }],
    ['upload', { lines: [oneBack('5')] }, booked],
    ['quote', interim('05'), { decision: { amounts: { totalFen: 3_704 } } }],
  ],
  'a purchase in one step': [
    ['quotePurchase', pills, { decision: { amounts: { totalFen: 5_000 } } }],
    ['purchase', { ...pills, v: 'p', s: 's', id: 'A' }, booked],
    [
      'purchase',
      { ...pills, v: 'p', s: 's', id: 'B' },
      { answer: { requestId: 'A' }, replayed: true },
    ],
    ['purchase', { ...pills, v: 'q', s: 't', sameness: 'later' }, booked],
    ['upload', { v: 'p', at: PHARMACY, lines: billed }, 'visit-kind'],
    ['settle', { v: 'p', at: PHARMACY }, 'visit-kind'],
    ['cancel', { v: 'p', at: PHARMACY }, 'visit-kind'],
    ['undo', { at: PHARMACY, original: 'B', of: 'purchase' }, { answer: { outcome: 'reversed' } }],
    ['upload', { v: 'p', at: PHARMACY, lines: billed }, 'visit-cancelled'],
    ['cancelSettlement', { v: 'p', s: 's', at: PHARMACY }, 'already-reversed'],
    [
      'purchase',
      { ...pills, v: 'anew', s: 'u', id: 'C' },
      { answer: { requestId: 'C' }, ...booked },
    ],
    ['find', { v: 'p', at: PHARMACY }, { cancelled: 'ordinary' }],
    ['cancelSettlement', { v: 'anew', s: 't', at: PHARMACY }, 'settlement-not-found'],
    ['cancelSettlement', { v: 'anew', s: 'u', at: PHARMACY }, booked],
    ['cancelSettlement', { v: 'q', s: 't', at: PHARMACY }, booked],
    ['purchase', { ...pills, v: 'r', lines: [charge('2', 1, { returns: '1' })] }, 'return-invalid'],
  ],
  'a pack of a drug is sold once, until the sale is taken back': [
    ['register', {}, booked],
    ['upload', { lines: [packed('1', whole('A', 'B'), 'B1')] }, booked],
    ['purchase', sale('p', whole('C', 'A')), booked],
    ['purchase', sale('p', whole('C', 'A')), { replayed: true }],
    ['quote', B1, 'drug-code-sold'],
    ['settle', B1, 'drug-code-sold'],
    ['quotePurchase', sale('q', whole('C')), 'drug-code-sold'],
    ['cancelSettlement', { v: 'p', s: 'p', at: PHARMACY }, booked],
    ['settle', { ...B1, id: 'S' }, booked],
    ['settle', { ...B1, id: 'T' }, { replayed: true }],
    ['purchase', sale('q', whole('B')), 'drug-code-sold'],
    ['purchase', sale('q', whole('C')), booked],
    ['undo', { original: 'T' }, { answer: { outcome: 'reversed' } }],
    ['purchase', sale('r', whole('B')), booked],
    ['settle', B1, 'drug-code-sold'],
    ['upload', { lines: [packed('1', whole('A'), 'B1')] }, 'visit-line-differs'],
    ['remove', {}, booked],
    ['upload', { lines: [packed('1', whole('A'), 'B1')] }, booked],
    ['settle', B1, booked],
  ],
  'an opened pack is sold in parts by whoever opened it': [
    ['purchase', sale('p', part('A')), booked],
    ['purchase', sale('q', part('A')), booked],
    ['purchase', sale('r', whole('A')), 'drug-code-sold'],
    ['purchase', sale('r', [...part('B'), ...part('B')]), booked],
    ['purchase', sale('o', [...part('C'), ...whole('C')]), 'drug-code-twice'],
    ['purchase', sale('o', whole('C', 'C')), 'drug-code-twice'],
    ['register', {}, booked],
    ['upload', { lines: [packed('1', part('A'))] }, booked],
    ['settle', {}, 'drug-code-sold'],
    ['cancelSettlement', { v: 'p', s: 'p', at: PHARMACY }, booked],
    ['settle', {}, 'drug-code-sold'],
    ['cancelSettlement', { v: 'q', s: 'q', at: PHARMACY }, booked],
    ['settle', {}, booked],
    ['purchase', sale('n', part('A')), 'drug-code-sold'],
  ],
  'a pack that is returned is not sold': [
    ['admit', {}, booked],
    [
      'upload',
      { lines: [charge('1', 20_000, { quantity: 2, on: on('02'), packs: whole('A', 'B') })] },
      booked,
    ],
    ['upload', { lines: [charge('2', 10_000, { returns: '1', packs: whole('A') })] }, booked],
    ['upload', { lines: [charge('3', 10_000, { on: on('02'), packs: whole('A') })] }, booked],
    ['upload', { lines: [charge('4', 10_000, { returns: '3', packs: whole('A') })] }, booked],
    ['settle', interim('05'), booked],
    ['purchase', sale('p', whole('B')), 'drug-code-sold'],
    ['purchase', sale('p', whole('A')), booked],
  ],
  'the ways of claims on what is of a visit': [
    ['register', {}, booked],
    ['upload', { lines: billed }, booked],
    ['settle', { ...B1, s: 's' }, booked],
    ['rebill', { s: 's' }, 'visit-not-rebilled'],
    ['reverse', { s: 's' }, { answer: { amounts: { fundFen: -180_000 } } }],
    ['settle', { ...B1, s: 't' }, { ...ofB1, ...booked }],
    ['upload', { lines: [charge('9', 1)], id: 'X' }, booked],
    ['undo', { original: 'X', of: 'upload' }, 'visit-kind'],
    ['change', { info: { careType: 'emergency' } }, 'visit-has-settlement'],
    ['cancelSettlement', { s: 't' }, booked],
    ['change', { info: { careType: 'emergency' } }, booked],
    ['find', {}, { info: { careType: 'emergency', begunOn: '2023-06-01' } }],
  ],
}

function wrong(number: string) {
  const line = charge(number, 100)
  return { ...line, line: { ...line.line, quantity: '2' } }
}

/** `restarted`: before every step. `repeated`: every message twice. `threads`: by turns on two. */
const WAYS = ['straight', 'restarted', 'repeated', 'threads'] as const
const met = new Set<string>()

for (const [name, steps] of Object.entries(STORIES)) {
  t.test(name, async (t) => {
    for (const way of WAYS) await t.test(way, (t) => tell(t, steps, way))
  })
}

async function tell(t: Test, steps: readonly Step[], way: (typeof WAYS)[number]): Promise<void> {
  const world = await openVisitWorld(way === 'threads' ? 2 : 1)
  t.teardown(() => world.close())
  const teller = new Teller()
  for (const [index, [what, said, expected]] of steps.entries()) {
    const title = `${index + 1}. ${what} ${JSON.stringify(said)}`
    if (way === 'restarted') await world.restart()
    const message = teller.message(said)
    const ports = world.threads[index % world.threads.length]!
    const outcome = await teller.send(ports, what, message)
    if (isRefusal(outcome)) met.add(outcome.refused)
    if (typeof expected === 'string') t.equal(outcome.refused, expected, title)
    else t.match(outcome, expected, title)
    if (way !== 'repeated' || !books(what)) continue
    const head = world.journal.head().position
    const again = await teller.send(ports, what, message)
    t.equal(world.journal.head().position, head, `${title}: twice books nothing`)
    if (isRefusal(outcome)) t.strictSame(again, outcome, `${title}: refused again`)
    else t.strictSame(again.answer, outcome.answer, `${title}: answered again`)
  }
  soundBooks(t, world)
}

/** The chain holds, and every settlement is decided again as it was. */
function soundBooks(t: Test, { journal, replay }: VisitWorld): void {
  t.equal(verifyJournal(journal, entryCodec, sm3).fault, undefined)
  const differing = [...check(replay, {})].filter(({ outcome }) => outcome !== 'same')
  t.strictSame(differing, [])
}

t.test('an event is read back from the journal as it was booked', async (t) => {
  const of = (number: string, more: object = {}) => ({ ...charge(number, 100), ...more })
  const lines = [
    of('1', { particulars: { rxno: 'R1', prd_days: '7' } }),
    of('2'),
    of('3', { returns: '1', particulars: { memo: '', rxno: 'R2' } }),
    of('4', { particulars: {}, packs: [{ code: 'P', opened: true }] }),
  ]
  for (const some of [lines, lines.slice(1, 2), []]) {
    const placed = { event: { type: 'uploaded', lines: some }, opening: 3, previous: 4 } as const
    const content = packEvent(placed)
    t.same(unpackEvent({ kind: 'visit-event', content }), placed)
    t.notOk(JSON.stringify(content).split('rxno').length > 2, 'names stand once')
  }
})

t.test('every refusal of visits was met', async (t) => {
  const codes = Object.entries(OUTCOMES).filter(([, { number }]) => number >= 700 && number < 730)
  t.strictSame(
    codes.map(([code]) => code).filter((code) => !met.has(code)),
    [],
  )
})
