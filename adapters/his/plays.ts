import { type Accepted, amountsOf, differences, needed, rowsOf } from './answer.ts'
import type { Desk } from './desk.ts'
import {
  type Item,
  type Patient,
  queryPerson,
  type Request,
  signIn,
  signOut,
  type Terms,
  undoMessage,
  type Visit,
} from './messages.ts'
import * as outpatient from './outpatient-messages.ts'
import * as purchases from './purchase-messages.ts'
import * as stays from './stay-messages.ts'

export const PLAYS = ['outpatient', 'inpatient', 'pharmacy'] as const
export type PlayName = (typeof PLAYS)[number]

/** How an answer that was lost is recovered: the same message again, or 2601 and a new one. */
export const RECOVERIES = ['retry', 'undo'] as const

export interface Plan {
  readonly operator: string
  readonly patient: Pick<Patient, 'shows' | 'showsType'>
  /** First day of care, and the last of a stay. */
  readonly on: string
  readonly until: string
  readonly items: readonly Item[]
  readonly terms: Terms
  /** The number that the hospital gives the visit. */
  readonly number: string
  /** Ends with taking everything back. */
  readonly cancel: boolean
  readonly lost?: (typeof RECOVERIES)[number] | undefined
}

/** Plays a whole visit. Throws `Stopped` at the first message that is not answered with a yes. */
export async function play(name: PlayName, desk: Desk, plan: Plan): Promise<void> {
  const { operator } = plan
  const signedIn = await desk.call(signIn(operator), {
    why: 'An operator signs in at the beginning of the day.',
    next: 'Keep sign_no and send it in every message of this operator until 9002.',
  })
  const signInNumber = needed(signedIn, 'signinoutb', 'sign_no')
  desk.remember({ signInNumber })
  await VISITS[name](desk, plan, await whoIsThere(desk, plan))
  await desk.call(signOut(operator, signInNumber), {
    why: 'The operator signs out.',
    next: 'Nothing. At the end of the day hold your books against the platform (3201).',
  })
}

type Play = (desk: Desk, plan: Plan, patient: Patient) => Promise<void>

const VISITS: Readonly<Record<PlayName, Play>> = {
  outpatient: visitOutpatients,
  inpatient: stay,
  pharmacy: purchase,
}

async function whoIsThere(desk: Desk, { patient, on }: Plan): Promise<Patient> {
  const output = await desk.call(queryPerson(patient, on), {
    why: 'The card says who is at the counter and how they are insured.',
    next:
      'Keep psn_no, and insutype and insuplc_admdvs of the insurance that is paid up; do not ' +
      'keep the balance, which every settlement tells anew.',
  })
  const personId = needed(output, 'baseinfo', 'psn_no')
  const insurances = rowsOf(output, 'insuinfo')
  const insured = insurances.find(({ psn_insu_stas }) => psn_insu_stas === '1') ?? insurances[0]
  const insurance = needed({ insured }, 'insured', 'insutype')
  desk.remember({ insuranceRegion: String(insured!['insuplc_admdvs'] ?? '') })
  return { ...patient, personId, insurance }
}

async function visitOutpatients(desk: Desk, plan: Plan, patient: Patient): Promise<void> {
  const { on, number, items, terms, cancel } = plan
  const registered = await desk.call(outpatient.register(patient, on, number), {
    why: 'A visit begins with its registration.',
    next: 'Keep mdtrt_id with your own visit: every later message names it.',
  })
  const visit: Visit = { id: needed(registered, 'data', 'mdtrt_id'), patient, on }
  await desk.call(outpatient.describeVisit(visit, terms.medType), {
    why: 'The doctor has seen the patient: diagnoses and the kind of care.',
    next: 'Nothing; send it again when a diagnosis changes before the settlement.',
  })
  const batch = `${number}-1`
  await desk.call(outpatient.uploadLines(visit, batch, items), {
    why: 'What is to be charged, as one batch: the whole of one bill.',
    next:
      'Show the parts of each line: own pay, over the ceiling, first self-pay, in scope. A line ' +
      'that is refused must be corrected before anything can be settled.',
  })
  const trial = await desk.call(outpatient.preSettle(visit, batch, terms), {
    why: 'What would the patient owe? Nothing is booked.',
    next: 'Tell the patient psn_cash_pay. Send your own total only: the split is the platform’s.',
  })
  const output = await settled(desk, plan, patient, outpatient.settle(visit, batch, terms))
  compare(desk, 'the trial', ['2206', trial], ['2207', output], 1)
  if (!cancel) return
  const cancelled = await desk.call(
    outpatient.cancelSettlement(visit, needed(output, 'setlinfo', 'setl_id')),
    cancelling('2601 would be for a settlement whose answer you never saw.'),
  )
  compare(desk, 'the negated settlement', ['2207', output], ['2208', cancelled], -1)
  await desk.call(outpatient.removeLines(visit, '0000'), {
    why: 'The lines are unsettled again; 0000 takes all of them back.',
    next: 'Or send 2206 and 2207 once more, after correcting them.',
  })
  await desk.call(outpatient.cancelRegistration(visit, number), {
    why: 'The visit did not take place.',
    next: 'Forget mdtrt_id: nothing can be sent for it any more.',
  })
}

async function stay(desk: Desk, plan: Plan, patient: Patient): Promise<void> {
  const { on, until, number, items, terms, cancel } = plan
  const { medType } = terms
  const admitted = await desk.call(stays.admit(patient, on, number, medType), {
    why: 'The patient is admitted. Refused while the person lies anywhere else.',
    next: 'Keep mdtrt_id with your own stay.',
  })
  const visit: Visit = { id: needed(admitted, 'result', 'mdtrt_id'), patient, on }
  const lines = items.map((item, at) => ({ ...item, number: String(at + 1), on }))
  await desk.call(stays.uploadStayLines(visit, lines, medType), {
    why: 'Charges go up day by day, not at the end.',
    next:
      'To give something back send the line again with a count and an amount below zero and the ' +
      'first one’s number as init_feedetl_sn.',
  })
  const bill = { ...terms, until }
  const trial = await desk.call(stays.preSettleStay(visit, bill), {
    why: 'What would the patient owe if the stay ended now?',
    next: 'Compare with the deposit. medfee_sumamt must be the sum of the unsettled lines.',
  })
  const output = await settled(desk, plan, patient, stays.settleStay(visit, bill))
  compare(desk, 'the trial', ['2303', trial], ['2304', output], 1)
  await desk.call(stays.discharge(visit, until), {
    why: 'The patient leaves, with the diagnoses at discharge.',
    next: 'The stay is over; the person can be admitted anywhere.',
  })
  if (!cancel) return
  const cancelled = await desk.call(
    stays.cancelStaySettlement(visit, needed(output, 'setlinfo', 'setl_id')),
    cancelling('The discharge can be undone only when no settlement stands.'),
  )
  compare(desk, 'the negated settlement', ['2304', output], ['2305', cancelled], -1)
  await desk.call(stays.undoDischarge(visit), {
    why: 'The patient is in hospital again.',
    next: 'Go on as before the discharge, or take the admission back as here.',
  })
  await desk.call(stays.removeStayLines(visit, ['0000']), {
    why: 'An admission with lines cannot be taken back; 0000 removes all that is unsettled.',
    next: 'Nothing.',
  })
  await desk.call(stays.cancelAdmission(visit), {
    why: 'The stay did not take place.',
    next: 'Forget mdtrt_id.',
  })
}

async function purchase(desk: Desk, plan: Plan, patient: Patient): Promise<void> {
  const { on, items, terms, cancel, number } = plan
  const bought = { patient, on, items, terms, invoice: number }
  const trial = await desk.call(purchases.preSettlePurchase(bought), {
    why: 'A pharmacy sends the whole bill at once; what would the customer owe?',
    next: 'Tell the customer psn_cash_pay.',
  })
  const output = await settled(desk, plan, patient, purchases.settlePurchase(bought))
  compare(desk, 'the trial', ['2101', trial], ['2102', output], 1)
  if (!cancel) return
  const id = needed(output, 'setlinfo', 'mdtrt_id')
  const cancelled = await desk.call(
    purchases.cancelPurchase({ id, patient, on }, needed(output, 'setlinfo', 'setl_id')),
    cancelling('The drugs are back on the shelf.'),
  )
  compare(desk, 'the negated settlement', ['2102', output], ['2103', cancelled], -1)
}

const SETTLED = {
  why: 'Now it is booked. The amounts are those of the trial unless something moved between.',
  next:
    'Store setl_id and medins_setl_id (your own msgid) before the receipt is printed. Take ' +
    'psn_cash_pay from the patient; acct_pay is already off the account, balc is what is left.',
}

/** Settles; if so planned without hearing the answer at first. */
async function settled(
  desk: Desk,
  { lost }: Plan,
  { personId }: Patient,
  request: Request,
): Promise<Accepted['output']> {
  if (lost === undefined) return desk.call(request, SETTLED)
  const sent = await desk.lose(
    request,
    'Now it is booked, but this time the line breaks before the answer is read.',
  )
  if (lost === 'retry') {
    return desk.again(sent, {
      why:
        'Nobody here knows whether it was booked. The very same message, msgid and all, is safe: ' +
        'it is answered as it was the first time, or is booked now.',
      next: SETTLED.next,
    })
  }
  const { messageId } = sent
  await desk.call(undoMessage(personId, { messageId, infno: request.infno }), {
    why:
      'Nobody here knows whether it was booked. 2601 undoes it by its msgid if it was, and if it ' +
      'was not keeps it from being booked later.',
    next: 'The bill is unsettled for certain: settle it under a new msgid, or let it be.',
  })
  return desk.call(request, SETTLED)
}

function cancelling(why: string) {
  return {
    why: `The settlement is taken back by its setl_id. ${why}`,
    next: 'Give psn_cash_pay back; every amount is that of the settlement, negated.',
  }
}

type Answered = readonly [infno: string, output: Accepted['output']]

function compare(desk: Desk, what: string, one: Answered, other: Answered, sign: 1 | -1): void {
  for (const difference of differences(amountsOf(...one), amountsOf(...other), sign)) {
    desk.complain(`${other[0]} is not ${what} in money: ${difference}`)
  }
}
