import t from 'tap'
import { billIn } from '../../engine/counter/settlement-record.ts'
import { HospitalSystem, type Message, PERSON } from '../../fixtures/nhsa/hospital-system.ts'
import {
  CAPITAL,
  cancelStay,
  HOME,
  REFERRED,
  saidOfStay,
  stay,
  withHospitals,
} from '../../fixtures/nhsa/referred-stay.ts'

/** What the agency registers for patients, and what visits make of it. */

t.test('an approval that the agency registers while its stay is settled', (t) =>
  withHospitals(async (counter) => {
    const capital = new HospitalSystem(counter, CAPITAL)
    const days = ['2023-05-10', '2023-05-20'] as const
    const unregistered = await stay(t, capital, ...days)
    await cancelStay(t, capital, unregistered)
    const approval = {
      kind: 'referral',
      personId: REFERRED.personId,
      institutionId: CAPITAL,
      registeredOn: '2023-05-01',
      from: '2023-05-01',
    }
    const { ledger } = counter.ports
    const { load } = ledger
    let isRegistered = false
    // After the settlement has looked for approvals and before anything else is read.
    ledger.peek = () => undefined
    ledger.load = async (subject) => {
      const loaded = await load.call(ledger, subject)
      if (subject === `approvals/${REFERRED.personId}` && !isRegistered) {
        isRegistered = true
        const put = await counter.as('registry').put('/v1/approvals/LATE', approval)
        t.equal(put.status, 201)
      }
      return loaded
    }
    const more = { ...saidOfStay(...days), mdtrt_id: unregistered.visit }
    const settled = await capital.send(t, '2304', { more })
    t.ok(settled.output.setlinfo.fund_pay_sumamt > unregistered.fund, 'it was decided again')
    t.ok(isRegistered)
  }),
)

/** What the agency registers, and whether a stay in the capital from 10 May 2023 on has it. */
const REGISTERED: Readonly<Record<string, readonly [Message, boolean]>> = {
  'for this institution': [{ institutionId: CAPITAL }, true],
  'for its district': [{ district: '220102' }, true],
  'for another institution': [{ institutionId: HOME }, false],
  'for another district': [{ district: '220202' }, false],
  'for another person': [{ institutionId: CAPITAL, personId: PERSON }, false],
  'taken back': [{ institutionId: CAPITAL, withdrawn: true }, false],
  'for earlier admissions': [{ institutionId: CAPITAL, until: '2023-05-10' }, false],
  'for later admissions': [{ institutionId: CAPITAL, from: '2023-05-11' }, false],
  'an emergency of the day': [{ kind: 'emergency-report', from: '2023-05-10' }, true],
  'an emergency of another day': [{ kind: 'emergency-report', from: '2023-05-09' }, false],
}

t.test('what the agency registered counts for a visit, too', (t) =>
  withHospitals(async (counter) => {
    const capital = new HospitalSystem(counter, CAPITAL)
    const days = ['2023-05-10', '2023-05-20'] as const
    const unregistered = await stay(t, capital, ...days)
    await cancelStay(t, capital, unregistered)
    const more = { ...saidOfStay(...days), mdtrt_id: unregistered.visit }
    const trial = async () => (await capital.send(t, '2303', { more })).output.setlinfo
    const put = async (id: string, record: Message) => {
      const common = { registeredOn: '2023-05-01', personId: REFERRED.personId, kind: 'referral' }
      const isPlaced = 'institutionId' in record || 'district' in record
      const place = isPlaced ? {} : { institutionId: CAPITAL }
      const body = { from: '2023-05-01', ...common, ...place, ...record }
      const reply = await counter.as('registry').put(`/v1/approvals/${id}`, body)
      t.ok(reply.status <= 201, JSON.stringify(reply.body))
      return { ...body, version: reply.body.version }
    }
    for (const [what, [record, counts]] of Object.entries(REGISTERED)) {
      const id = `A${Object.keys(REGISTERED).indexOf(what)}`
      const registered = await put(id, record)
      t.equal((await trial()).fund_pay_sumamt > unregistered.fund, counts, what)
      await put(id, { ...registered, from: '2000-01-01', until: '2000-01-02' })
      t.equal((await trial()).fund_pay_sumamt, unregistered.fund, 'of another time')
    }
    // One that names the institution goes before its district, then the one registered last.
    await put('D', { district: '220102', registeredOn: '2023-05-09' })
    await put('I1', { institutionId: CAPITAL, registeredOn: '2023-05-02' })
    await put('I2', { institutionId: CAPITAL, registeredOn: '2023-05-03' })
    await put('I3', { institutionId: CAPITAL, registeredOn: '2023-05-02' })
    const settled = await capital.send(t, '2304', { more })
    const { setl_id, fund_pay_sumamt } = settled.output.setlinfo
    t.ok(fund_pay_sumamt > unregistered.fund, 'settled as it was tried')
    const { entry } = counter.ports.ledger
    const position = Number(setl_id.slice(1))
    const { claim } = billIn(entry.call(counter.ports.ledger, position)!)
    t.equal(claim.approvalId, 'I2')
    const again = await capital.send(t, '2304', { more })
    t.equal(again.output.setlinfo.setl_id, setl_id, 'a new message for the same bill')
  }),
)
