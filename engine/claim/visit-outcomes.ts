import type { OutcomeSource } from './outcome-source.ts'

/**
 * Of the outcomes (outcomes.ts), those of visits, filings and files: what hospitals and pharmacies ask
 * for over the national interface, 700 to 799.
 */
export const VISIT_OUTCOMES = {
  'visit-unknown': {
    number: 700,
    status: 404,
    title: 'There is no such visit',
    message: '未找到该就诊记录。',
  },
  'visit-cancelled': {
    number: 701,
    status: 409,
    title: 'The visit was cancelled',
    message: '该就诊登记已撤销，请重新登记。',
  },
  'visit-kind': {
    number: 702,
    status: 409,
    title: 'A visit of this kind does not have this',
    message: '该就诊类别不能办理此项业务。',
  },
  'in-hospital': {
    number: 703,
    status: 409,
    title: 'The person is in hospital',
    message: '该人员是在院状态，不能办理入院。',
  },
  'already-discharged': {
    number: 704,
    status: 409,
    title: 'The stay has ended',
    message: '该次住院已办理出院。',
  },
  'not-discharged': {
    number: 705,
    status: 409,
    title: 'The stay has not ended',
    message: '该次住院尚未办理出院。',
  },
  'visit-dates-invalid': {
    number: 706,
    status: 422,
    title: 'The days of the visit contradict each other',
    message: '就诊、结算、出院日期前后矛盾，请核对。',
  },
  'visit-line-differs': {
    number: 707,
    status: 422,
    title: 'The number of the line stands for another line',
    message: '费用明细流水号已用于另一条明细，请核对。',
  },
  'visit-line-unknown': {
    number: 708,
    status: 422,
    title: 'The visit has no such line',
    message: '该就诊下未找到此费用明细。',
  },
  'visit-line-settled': {
    number: 709,
    status: 409,
    title: 'The line is settled',
    message: '已参与结算的明细不能撤销或退费，请先撤销结算。',
  },
  'visit-batch-settled': {
    number: 710,
    status: 409,
    title: 'The batch is settled',
    message: '该收费批次已结算，新增明细请更换收费批次号。',
  },
  'return-invalid': {
    number: 711,
    status: 422,
    title: 'The return does not fit the line that it returns',
    message: '退费明细与原明细不符，请核对。',
  },
  'visit-has-lines': {
    number: 712,
    status: 409,
    title: 'The visit has lines',
    message: '该就诊存在未撤销的费用明细，请先撤销明细。',
  },
  'visit-has-settlement': {
    number: 713,
    status: 409,
    title: 'A settlement of the visit stands',
    message: '该就诊存在未撤销的结算，请先撤销结算。',
  },
  'visit-nothing-to-settle': {
    number: 714,
    status: 422,
    title: 'There are no unsettled lines',
    message: '没有未结算的费用明细。',
  },
  'visit-settled': {
    number: 715,
    status: 409,
    title: 'These lines are settled already',
    message: '该批费用已结算，不能重复结算。',
  },
  'visit-total-differs': {
    number: 716,
    status: 422,
    title: 'The lines do not come to the total that was sent',
    message: '医疗费总额与已上传明细合计不符，请核对明细。',
  },
  'visit-not-rebilled': {
    number: 717,
    status: 409,
    title: 'A settlement of a visit is not rebilled',
    message: '该结算属于就诊登记，请先撤销结算再重新结算。',
  },
  'drug-code-sold': {
    number: 720,
    status: 409,
    title: 'A pack of a drug was sold before',
    message: '该药品追溯码已有结算记录，不能重复销售，请核对药品。',
  },
  'drug-code-twice': {
    number: 721,
    status: 422,
    title: 'The bill sells one pack of a drug twice',
    message: '同一药品追溯码在本次费用中重复出现，请核对。',
  },
  'exchange-file-unknown': {
    number: 730,
    status: 404,
    title: 'There is no such file of this institution, or no longer',
    message: '未找到该文件，或已过期，请核对文件查询号。',
  },
  'exchange-file-invalid': {
    number: 731,
    status: 422,
    title: 'The file is not of the form that the interface exchanges',
    message: '文件格式有误，请检查后重新上传。',
  },
  'exchange-files-full': {
    number: 732,
    status: 409,
    title: 'The institution has as many files here as it may',
    message: '本机构暂存的文件已满，请待旧文件到期后再试。',
  },
  'catalogue-not-kept': {
    number: 733,
    status: 404,
    title: 'The catalogue holds nothing of this kind',
    message: '本平台未维护该目录，请使用国家统一发布的目录。',
  },
  'filing-by-agency': {
    number: 740,
    status: 422,
    title: 'The agency files this, not the institution',
    message: '该项备案由参保地经办机构办理，医药机构不能直接备案。',
  },
  'filing-unknown': {
    number: 741,
    status: 404,
    title: 'The institution has filed no such thing for this person',
    message: '未找到本机构为该人员办理的此项备案，请核对备案流水号。',
  },
  'filing-in-use': {
    number: 742,
    status: 409,
    title: 'A settlement leans on the filing',
    message: '该备案已用于结算，请先撤销结算再撤销备案。',
  },
  'filing-overlaps': {
    number: 743,
    status: 409,
    title: 'The person has such a record for these days already',
    message: '该人员在此期间已有同样的有效备案，不能重复备案。',
  },
  'filing-withdrawn': {
    number: 744,
    status: 409,
    title: 'The filing was withdrawn before',
    message: '该备案已撤销，不能重复撤销。',
  },
  'filing-changed': {
    number: 745,
    status: 409,
    title: 'The record is no longer as it was filed',
    message: '备案登记信息已由经办机构更改，请到经办机构办理。',
  },
  'filing-invalid': {
    number: 746,
    status: 422,
    title: 'The filing contradicts itself or the policy',
    message: '备案信息有误，请核对。',
  },
  'settlement-list-invalid': {
    number: 747,
    status: 422,
    title: 'The settlement list contradicts itself or its settlement',
    message: '结算清单有误。',
  },
  'settlement-list-of-reversed': {
    number: 748,
    status: 409,
    title: 'The settlement of the list was reversed',
    message: '该笔结算已撤销，不能上传结算清单。',
  },
  'settlement-list-not-found': {
    number: 749,
    status: 404,
    title: 'No settlement list was uploaded',
    message: '该笔结算尚未上传结算清单。',
  },
  // How a system calls the national interface: 750-759.
  'signature-invalid': {
    number: 750,
    status: 401,
    title: 'The call is not signed or encrypted as agreed with the institution',
    message: '接口签名校验未通过，请联系系统厂商。',
  },
} as const satisfies Record<string, OutcomeSource>
