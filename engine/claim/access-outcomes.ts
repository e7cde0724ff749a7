import type { OutcomeSource } from './outcome-source.ts'

/** Who is not let in, or may not do or see this: 200-299. Numbers from 220 on are of people who sign in. */
export const ACCESS_OUTCOMES = {
  unauthorized: {
    number: 200,
    status: 401,
    title: 'The key is missing or wrong',
    message: '接入凭证缺失或无效。',
  },
  'institution-mismatch': {
    number: 201,
    status: 403,
    title: 'The claim names another institution than the key',
    message: '报文中的机构与接入凭证不一致。',
  },
  'role-not-allowed': {
    number: 202,
    status: 403,
    title: 'The key may not do this',
    message: '该凭证无权进行此操作。',
  },
  'not-found': {
    number: 203,
    status: 404,
    title: 'There is nothing under this address',
    message: '请求的地址不存在。',
  },
  'settlement-not-found': {
    number: 204,
    status: 404,
    title: 'There is no such settlement',
    message: '未找到该结算记录。',
  },
  'person-not-found': {
    number: 205,
    status: 404,
    title: 'There is no such person',
    message: '未找到该参保人。',
  },
  'key-revoked': {
    number: 206,
    status: 401,
    title: 'The key was revoked',
    message: '接入凭证已被吊销。',
  },
  'key-ended': {
    number: 207,
    status: 401,
    title: 'The key has ended',
    message: '接入凭证已过有效期。',
  },
  'key-must-sign': {
    number: 208,
    status: 401,
    title: 'The key signs requests and is never sent',
    message: '该凭证只用于签名，不得直接发送，请立即更换。',
  },
  'request-stale': {
    number: 209,
    status: 401,
    title: 'The signed request is too old or too new',
    message: '签名时间戳超出允许范围，请校准时钟后重新签名。',
  },
  'nonce-repeated': {
    number: 210,
    status: 401,
    title: 'The nonce of the signed request was used before',
    message: '随机数已使用，请重新签名。',
  },
  'sign-in-refused': {
    number: 220,
    status: 401,
    title: 'The sign-in is refused',
    message: '账号、口令或动态码不正确，或账号已被锁定、停用。',
  },
  'password-change-required': {
    number: 221,
    status: 403,
    title: 'The password has to be changed',
    message: '首次登录或口令重置后，须先修改口令。',
  },
  'password-refused': {
    number: 222,
    status: 422,
    title: 'The new password is not strong enough',
    message: '新口令不符合强度要求。',
  },
  'session-ended': {
    number: 223,
    status: 401,
    title: 'The session has ended',
    message: '登录已失效，请重新登录。',
  },
  'session-required': {
    number: 224,
    status: 409,
    title: 'This needs a session, not a key',
    message: '该操作须由工作人员登录后进行，不能使用接入凭证。',
  },
  'own-account': {
    number: 225,
    status: 403,
    title: 'Nobody does this to their own account',
    message: '不能对本人账号进行此操作，请由其他运维人员办理。',
  },
  'staff-not-found': {
    number: 226,
    status: 404,
    title: 'There is no such member of staff',
    message: '未找到该工作人员账号。',
  },
  'staff-exists': {
    number: 227,
    status: 409,
    title: 'The name is taken',
    message: '该账号名已被使用，请另取账号名。',
  },
} as const satisfies Record<string, OutcomeSource>
