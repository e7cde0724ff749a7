import { STAFF_ROLES } from '../../../engine/access/staff.ts'
import { chinaTime } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { SessionView } from '../../access/staff-desk.ts'
import type { App, Staff } from '../app-types.ts'
import { bearerKey } from '../credentials.ts'
import { mayTakeLong } from '../long-work.ts'
import { answers, created } from '../responses.ts'
import { send } from '../send.ts'
import { NewSessionBody, PasswordBody, SessionBody, SignInBody } from '../staff-schemas.ts'

const MEMBERS = { roles: STAFF_ROLES, shows: 'nothing' } as const
/** Whoever signs in has shown nothing yet, and has little to say. */
const SIGN_IN_BYTES = 4 * 1024

/** Signing in with a password and a one-time code, and out. */
export function sessionRoutes(app: App, staff: Staff): void {
  app.post(
    '/v1/sessions',
    {
      bodyLimit: SIGN_IN_BYTES,
      schema: {
        summary: 'Sign in; the token of the session is told this once',
        body: SignInBody,
        response: created(NewSessionBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const signedIn = await staff.signIn(request.body)
      if (isRefusal(signedIn)) return send(request, reply, signedIn)
      reply.header('cache-control', 'no-store')
      return send(request, reply, { ...sessionAnswer(signedIn), token: signedIn.token }, 201)
    },
  )

  app.get(
    '/v1/sessions/current',
    {
      config: MEMBERS,
      schema: { summary: 'Whose session this is', response: answers(SessionBody) },
    },
    async (request, reply) => {
      const session = await staff.session(tokenOf(request.headers))
      return send(request, reply, isRefusal(session) ? session : sessionAnswer(session))
    },
  )

  app.delete(
    '/v1/sessions/current',
    {
      config: MEMBERS,
      schema: { summary: 'Sign out: at once, on every thread', response: answers(SessionBody) },
    },
    async (request, reply) => {
      const session = await staff.signOut(tokenOf(request.headers))
      return send(request, reply, isRefusal(session) ? session : sessionAnswer(session))
    },
  )

  app.post(
    '/v1/sessions/current/password',
    {
      config: MEMBERS,
      bodyLimit: SIGN_IN_BYTES,
      schema: {
        summary: 'Change the own password; all other sessions end',
        body: PasswordBody,
        response: answers(SessionBody),
      },
    },
    async (request, reply) => {
      mayTakeLong(request)
      const session = await staff.changePassword(tokenOf(request.headers), request.body)
      return send(request, reply, isRefusal(session) ? session : sessionAnswer(session))
    },
  )
}

/** What the guards have let in; empty, and so no token, where the request was signed. */
function tokenOf({ authorization }: { readonly authorization?: string | undefined }): string {
  return bearerKey(authorization) ?? ''
}

function sessionAnswer({ name, role, since, until }: SessionView): SessionBody {
  return { name, role, since: chinaTime(since), until: chinaTime(until) }
}
