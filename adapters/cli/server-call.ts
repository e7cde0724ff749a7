/** The variable that holds the key, so that it stands neither in the shell's history nor in `ps`. */
export const KEY_VARIABLE = 'YIZHAN_KEY'

/** Posts to a running server as a policy officer; throws with what it answers when it refuses. */
export async function callServer(server: string, path: string, body: object): Promise<void> {
  const key = process.env[KEY_VARIABLE]
  if (key === undefined) {
    throw new Error(`${KEY_VARIABLE} must hold a key of the role policy for ${server}`)
  }
  const response = await fetch(new URL(path, server), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch((error: Error) => {
    throw new Error(`${server} does not answer: ${(error.cause as Error | undefined)?.message}`)
  })
  if (response.ok) return
  const {
    code,
    detail,
    problems = [],
  } = (await response.json()) as {
    code?: string
    detail?: string
    problems?: readonly string[]
  }
  throw new Error([`${response.status} ${code}: ${detail}`, ...problems].join('\n'))
}
