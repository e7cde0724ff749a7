import type { OutcomeSource } from './outcome-source.ts'

/** What people of the offices are told who sign in, and who keep their accounts; numbers from 220 on. */
export const STAFF_OUTCOMES = {
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
