import { SecretAnswers } from './ask.ts'
import { KEY_VARIABLE, keyOfCaller, ServerRefusal, serverCaller } from './server-call.ts'

export interface SignInOptions {
  readonly server: string
  readonly name: string
}

interface Session {
  readonly token: string
  readonly role: string
  readonly until: string
}

/** Asks for password and code, signs in and prints the token, which alone goes to stdout. */
export async function signIn({ server, name }: SignInOptions): Promise<void> {
  const answers = new SecretAnswers()
  try {
    const shown = {
      name,
      password: await answers.ask(`Password of ${name}: `),
      code: await answers.ask('One-time code: '),
    }
    const { token, role, until } = await begin(server, shown).catch(async (error: unknown) => {
      const mustChange = error instanceof ServerRefusal && error.code === 'password-change-required'
      if (!mustChange) throw error
      return begin(server, { ...shown, newPassword: await newPassword(answers) })
    })
    process.stderr.write(`Signed in as ${name}, ${role}, until ${until}. For the other commands:\n`)
    process.stderr.write(`  export ${KEY_VARIABLE}=<the token>\n`)
    process.stdout.write(`${token}\n`)
  } finally {
    answers.close()
  }
}

/** Ends the session whose token is in the variable. */
export async function signOut(server: string): Promise<void> {
  const token = keyOfCaller()
  if (token === undefined) throw new Error(`${KEY_VARIABLE} must hold the token of the session`)
  const { name } = await serverCaller(server, token)<{ name: string }>(
    'DELETE',
    '/v1/sessions/current',
  )
  process.stderr.write(`${name} is signed out\n`)
}

function begin(server: string, shown: object): Promise<Session> {
  return serverCaller(server)<Session>(
    'POST',
    '/v1/sessions',
    JSON.stringify(shown),
    'application/json',
  )
}

async function newPassword(answers: SecretAnswers): Promise<string> {
  process.stderr.write('This password was made by an operator and has to be changed.\n')
  const password = await answers.ask('New password: ')
  if ((await answers.ask('The same again: ')) === password) return password
  throw new Error('the two were not the same')
}
