import { chinaDate } from '../../../engine/calendar/china-time.ts'
import type { InstitutionKind } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import { NO_FACTS } from '../../../engine/policy/facts.ts'
import { nhsaCode } from '../../../engine/policy/nhsa.ts'
import { packFor } from '../../../engine/policy/policy.ts'
import { type InstitutionRecord, inForceOn } from '../../../engine/registry/records.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'

/** 1201: a registered institution by its code, or the calling one. Another is not found by its name alone. */
export async function queryInstitution(call: Call): Promise<Done | Declined> {
  const { ports, requester, input } = call
  const row = input.one('medinsinfo')
  const code = row.text('fixmedins_code') ?? requester.id
  const record = await findRecord(ports, 'institution', code)
  const type = row.text('fixmedins_type')
  if (
    isRefusal(record) ||
    typeOf(record.kind) !== type ||
    !isCalled(record, row.text('fixmedins_name'))
  ) {
    const sentence =
      '未查到该医药机构，请核对机构编号、名称和类型（fixmedins_code、fixmedins_name、fixmedins_type）'
    return decline('record-not-found', sentence)
  }
  return {
    output: {
      medinsinfo: [
        {
          fixmedins_code: record.institutionId,
          fixmedins_name: record.name,
          fixmedins_type: type,
          hosp_lv: levelOf(call, record),
        },
      ],
    },
  }
}

function isCalled({ name }: InstitutionRecord, part: string | undefined): boolean {
  return part === undefined || name.includes(part)
}

/** 定点医疗服务机构类型. */
function typeOf(kind: InstitutionKind): string {
  return kind === 'pharmacy' ? '2' : '1'
}

/** 医院等级, as the city of its district writes it; nothing where that does not speak the interface. */
function levelOf({ ports }: Call, { district, levels }: InstitutionRecord): string | undefined {
  const today = chinaDate(ports.now())
  const nhsa = packFor(ports.policy(), district, today)?.pack.nhsa
  const level = inForceOn(levels, today)?.level
  if (nhsa === undefined || level === undefined) return undefined
  return nhsaCode(nhsa, 'hosp_lv', { ...NO_FACTS, level })
}
