import type { OutcomeSource } from './outcome-source.ts'

/** Of the outcomes (outcomes.ts), those of publishing rules with four eyes: 950 to 969. */
export const PUBLISHING_OUTCOMES = {
  'proposal-not-found': {
    number: 950,
    status: 404,
    title: 'There is no such proposal',
    message: '未找到该政策发布申请。',
  },
  'proposal-same-person': {
    number: 951,
    status: 403,
    title: 'Who proposed it cannot approve it',
    message: '申请人不能审批本人提交的政策发布申请，请由他人审批。',
  },
  'proposal-not-yours': {
    number: 952,
    status: 403,
    title: 'Somebody else proposed it',
    message: '只有申请人可以撤回该政策发布申请。',
  },
  'proposal-unclaimed': {
    number: 953,
    status: 409,
    title: 'Nobody has put their name to the proposal',
    message: '该申请由文件变动产生，须先由政策编制人员认领后方可审批。',
  },
  'proposal-not-assessed': {
    number: 954,
    status: 409,
    title: 'What the proposal would change is still being worked out',
    message: '该申请的影响测算尚未完成，请稍后再审批。',
  },
  'proposal-decided': {
    number: 955,
    status: 409,
    title: 'The proposal was decided on already',
    message: '该政策发布申请已办结，不能重复办理。',
  },
  'proposal-changed': {
    number: 956,
    status: 409,
    title: 'The files are no longer those of the proposal',
    message: '政策文件或现行政策在申请后已有变动，请重新提交申请。',
  },
  'nothing-to-propose': {
    number: 957,
    status: 422,
    title: 'The files hold what is in force',
    message: '政策文件与现行政策一致，无需提交申请。',
  },
  'publishing-direct': {
    number: 958,
    status: 409,
    title: 'Rules come into force without proposals here',
    message: '本系统未启用双人审批，政策更新直接生效。',
  },
} as const satisfies Record<string, OutcomeSource>
