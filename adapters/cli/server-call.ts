import type { Settings } from './config.ts'

/** The variable that holds the key, so that it stands neither in the shell's history nor in `ps`. */
export const KEY_VARIABLE = 'YIZHAN_KEY'

/** The key that a command was given; one that a sign-in failed to fetch is none. */
export function keyOfCaller(): string | undefined {
  return process.env[KEY_VARIABLE] || undefined
}

const PROBE_MS = 2_000

/**
 * Where the running server of these settings has what commands ask for: at the address of the
 * administration, or, in demo mode, where everything is.
 */
export async function serverAddress({
  administration,
  host,
  port,
  tls,
}: Pick<Settings, 'administration' | 'host' | 'port' | 'tls'>): Promise<string> {
  const scheme = tls.certificate === '' ? 'http' : 'https'
  const separate = `${scheme}://${administration.host}:${administration.port}`
  const lives = await fetch(`${separate}/health/live`, { signal: AbortSignal.timeout(PROBE_MS) })
    .then((answer) => answer.json())
    .then((body) => (body as { status?: unknown }).status === 'live')
    .catch((error: Error) => CERTIFICATE_FAULT.test(codeOf(error)))
  return lives ? separate : `${scheme}://${host}:${port}`
}

/** Who shows a certificate is there, whether or not it is believed. */
const CERTIFICATE_FAULT = /CERT|VERIFY|ISSUER/

const codeOf = ({ cause }: Error): string => String((cause as { code?: unknown } | undefined)?.code)

/** Where a command finds the running server. */
export interface ServerPlace {
  readonly server: string
  /** With `--server`: then the command goes there, and never works on a data folder of this machine. */
  readonly named: boolean
}

export async function serverPlace(
  named: string | undefined,
  settings: Parameters<typeof serverAddress>[0],
): Promise<ServerPlace> {
  return { server: named ?? (await serverAddress(settings)), named: named !== undefined }
}

/** Why a command goes through a server, for the message that it needs a key for that. */
export function whyServer({ server, named }: ServerPlace, dataFolder: string): string {
  return named ? `${server} was named` : `${dataFolder} is owned by a running server`
}

/** Posts to a running server as a policy officer; throws with what it answers when it refuses. */
export async function callServer<T>(server: string, path: string, body: object): Promise<T> {
  const key = keyOfCaller()
  if (key === undefined) {
    throw new Error(`${KEY_VARIABLE} must hold a key of the role policy-maker for ${server}`)
  }
  return serverCaller(server, key)<T>('POST', path, JSON.stringify(body), 'application/json')
}

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly problems?: readonly string[]
}

/** A running server did not do what it was asked to. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal'
  readonly code: string | undefined

  constructor(server: string, status: number, { code, detail, problems = [] }: Problem) {
    super([`${server} refused: ${status} ${code}: ${detail}`, ...problems].join('\n'))
    this.code = code
  }
}

/** What the engine answers with, problems too; the report of an import is the one table. */
const OURS = /^(application\/(problem\+)?json|text\/csv)\b/

/**
 * Calls the server, with a key unless it is for anybody; throws what it says when it refuses, and
 * where a proxy or something else answers: its page would pass for a list with nothing in it.
 */
export function serverCaller(server: string, key?: string) {
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) {
    throw new Error(`--server takes an address such as http://127.0.0.1:8081, not ${server}`)
  }
  return async <T>(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    type?: string,
  ): Promise<T> => {
    const headers = {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(type && { 'content-type': type }),
    }
    const sent = body === undefined ? {} : { body }
    const answer = await fetch(new URL(path, server), { method, headers, ...sent }).catch(
      (error: Error) => {
        const why = (error.cause as Error | undefined)?.message
        if (!CERTIFICATE_FAULT.test(codeOf(error))) {
          throw new Error(`${server} does not answer: ${why}`)
        }
        throw new Error(
          `${server} shows a certificate that is not believed: ${why}. It must name the host of ` +
            '--server, and NODE_EXTRA_CA_CERTS the PEM file of who signed it',
        )
      },
    )
    const text = await answer.text()
    const got = answer.headers.get('content-type') ?? ''
    if (!OURS.test(got)) {
      throw new Error(
        `${server} does not answer as an engine does: ${answer.status} ${answer.statusText}, ` +
          `${got === '' ? 'of no type' : got}; is a proxy or something else there?`,
      )
    }
    const value = got.startsWith('text/') ? text : JSON.parse(text)
    if (!answer.ok) throw new ServerRefusal(server, answer.status, value)
    return value as T
  }
}
