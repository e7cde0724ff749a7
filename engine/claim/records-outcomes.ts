import type { OutcomeSource } from './outcome-source.ts'

/** What is refused to registries, agencies and operators who change records, send files, credit accounts or keep keys: 800-899. */
export const RECORDS_OUTCOMES = {
  'invalid-record': {
    number: 800,
    status: 422,
    title: 'The record contradicts itself or another one',
    message: '登记信息前后矛盾或与其他记录冲突，请核对。',
  },
  'record-moved': {
    number: 801,
    status: 409,
    title: 'The record has changed since the version that was sent',
    message: '登记信息已被更新，请重新读取后再修改。',
  },
  'record-not-found': {
    number: 802,
    status: 404,
    title: 'There is no such record',
    message: '未找到该登记记录。',
  },
  'import-not-found': {
    number: 803,
    status: 404,
    title: 'There is no such import',
    message: '未找到该批导入。',
  },
  'import-busy': {
    number: 804,
    status: 409,
    title: 'Another import is being checked or applied',
    message: '另一批导入正在进行，请稍后再试。',
  },
  'import-part-misplaced': {
    number: 805,
    status: 409,
    title: 'The part does not continue the file',
    message: '上传片段与已收到的内容不衔接，请按已收到的位置续传。',
  },
  'import-file-differs': {
    number: 806,
    status: 422,
    title: 'The file is not the one that was announced',
    message: '上传的文件与声明的不一致，请重新上传。',
  },
  'credits-busy': {
    number: 807,
    status: 409,
    title: 'Other credits of accounts are being booked',
    message: '另一批个人账户划入正在进行，请稍后再试。',
  },
  'key-not-found': {
    number: 808,
    status: 404,
    title: 'There is no such key',
    message: '未找到该接入凭证。',
  },
  'key-not-good': {
    number: 809,
    status: 409,
    title: 'The key has ended, or was revoked or replaced',
    message: '该接入凭证已失效或已更换，请签发新凭证。',
  },
} as const satisfies Record<string, OutcomeSource>
