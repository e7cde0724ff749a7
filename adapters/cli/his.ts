import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { DEMO_VISIT } from '../../fixtures/demo.ts'
import { type InfcodeForm, Stopped } from '../his/answer.ts'
import { Desk } from '../his/desk.ts'
import type { Item } from '../his/messages.ts'
import { Narrator } from '../his/narrator.ts'
import { Platform } from '../his/platform.ts'
import { type Plan, type PlayName, play } from '../his/plays.ts'

export interface HisOptions {
  readonly url: string
  readonly key: string | undefined
  readonly paths: 'single' | 'service'
  readonly institution?: string
  readonly person?: string
  readonly credentialType?: string
  readonly credential?: string
  readonly on?: string
  readonly until?: string
  readonly item?: readonly Item[]
  readonly medType?: string
  /** `--no-account`: false. */
  readonly account: boolean
  readonly numbers: 'text' | 'number'
  readonly infcode: InfcodeForm
  readonly timeout: number
  readonly cancel?: boolean
  readonly lostAnswer?: Plan['lost']
  readonly save?: string
}

const MED_TYPES: Readonly<Record<PlayName, string>> = {
  outpatient: '11',
  inpatient: '21',
  pharmacy: '41',
}
const CARD = '03'
const OPERATOR = '0001'
const STAY_DAYS = 5

/** Where the play is told: what happens, and why it ended badly. */
export interface HisOutput {
  out(text: string): void
  err(text: string): void
}

const TERMINAL: HisOutput = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}

/**
 * Plays a visit against a server and tells what is sent and what comes back. Resolves with the exit
 * code: 1 when the play stopped early or an answer was not as it should be.
 */
export async function playHis(
  name: PlayName,
  options: HisOptions,
  { out, err }: HisOutput = TERMINAL,
): Promise<0 | 1> {
  const { url, key, paths, numbers, infcode, timeout, save, lostAnswer } = options
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new Error(`--url takes an address such as http://127.0.0.1:8080, not ${url}`)
  }
  const narrator = new Narrator(out)
  const institution =
    options.institution ?? (name === 'pharmacy' ? DEMO_VISIT.pharmacyId : DEMO_VISIT.hospitalId)
  const desk = new Desk({
    platform: new Platform({ url, paths, key, timeoutSeconds: timeout }),
    narrator,
    sender: {
      institution,
      institutionName: institution,
      region: institution.replace(/\D/g, '').slice(0, 6),
      operator: OPERATOR,
    },
    numbers,
    infcode,
    save,
    now: Date.now,
  })
  const more = lostAnswer === undefined ? '' : ', and the answer to its settlement is lost'
  narrator.title(`A visit (${name}) at ${institution}, against ${url}${more}.`)
  try {
    await play(name, desk, planOf(name, options))
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    err(`yizhan: stopped: ${error.message}\n`)
    return 1
  }
  if (save !== undefined) narrator.title(`\nThe messages are in ${save}, in order.`)
  if (desk.complaints === 0) return 0
  err(`yizhan: played to the end, with ${desk.complaints} complaints (see !)\n`)
  return 1
}

function planOf(name: PlayName, options: HisOptions): Plan {
  const { person, credentialType, credential, lostAnswer } = options
  const { on = DEMO_VISIT.on, item: items = DEMO_VISIT.items, account } = options
  const until = options.until ?? dayAfter(on, name === 'inpatient' ? STAY_DAYS : 0)
  if (until < on) throw new Error(`--until ${until} is before --on ${on}`)
  const fen = items.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0)
  return {
    operator: OPERATOR,
    patient: {
      showsType: credentialType ?? CARD,
      shows: credential ?? person ?? DEMO_VISIT.card,
    },
    on,
    until,
    items,
    terms: {
      total: (fen / 100).toFixed(2),
      medType: options.medType ?? MED_TYPES[name],
      account,
    },
    number: String(Date.now()),
    cancel: options.cancel === true,
    lost: lostAnswer,
  }
}

function dayAfter(on: string, days: number): string {
  return new Date(Date.parse(on) + days * DAY_MS).toISOString().slice(0, 10)
}
