import { createHash } from 'node:crypto'
import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { DAY_MS } from '../../../engine/calendar/civil-days.ts'
import { interfaceTime } from '../money/setlinfo.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'

/**
 * 9001. The number is the operator's of that day and institution, whichever thread answers and
 * however often it is asked for; nothing but 9002 asks for it.
 */
export async function signIn(call: Call): Promise<Done | Declined> {
  const now = call.ports.now()
  const operator = call.input.one('signIn').text('opter_no')!
  return {
    output: {
      signinoutb: { sign_time: interfaceTime(now), sign_no: signInNumber(call, operator, now) },
    },
  }
}

/** 9002, also after midnight by whoever signed in before. */
export async function signOut(call: Call): Promise<Done | Declined> {
  const now = call.ports.now()
  const row = call.input.one('signOut')
  const operator = row.text('opter_no')!
  const numbers = [now, now - DAY_MS].map((day) => signInNumber(call, operator, day))
  if (!numbers.includes(row.text('sign_no')!)) {
    return decline('invalid-request', '签到编号（sign_no）不是该操作员当日的签到编号，请重新签到')
  }
  return { output: { signoutoutb: { sign_time: interfaceTime(now) } } }
}

const DIGITS = 10

/** The day and ten digits that institution, operator and day make. */
function signInNumber({ requester }: Call, operator: string, at: number): string {
  const day = chinaDate(at)
  const digest = createHash('sha256')
    .update(JSON.stringify([requester.id, operator, day]))
    .digest()
  const digits = String(digest.readBigUInt64BE() % 10n ** BigInt(DIGITS)).padStart(DIGITS, '0')
  return day.replaceAll('-', '') + digits
}
