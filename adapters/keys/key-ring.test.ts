import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { configuredKeys, keyLiesWithData, keyRingOf, parseKeys } from './key-ring.ts'

const A = '0123456789abcdef0123456789abcdef'
const B = 'fedcba9876543210fedcba9876543210'

/** Sets variables of this process for one test. */
function setVariables(t: Test, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    process.env[name] = value
    t.teardown(() => delete process.env[name])
  }
}

t.test('keys out of the environment or a file, newest first, the folder’s last', async (t) => {
  const folder = t.testdir()
  t.throws(() => keyRingOf(folder), /has no secret\.key, and no key is configured/)
  const alone = keyRingOf(folder, { make: true })
  t.equal(alone.length, 1)
  t.ok(keyLiesWithData(alone))
  t.same(keyRingOf(folder), alone, 'the same at every start')
  const file = join(folder, 'keys')
  writeFileSync(file, `# of 2027\nyoung: ${B}\n\nold:${A} # until 2026\n`)
  setVariables(t, { YIZHAN_ENCRYPTION_KEY_FILE: file })
  const ring = keyRingOf(folder)
  t.match(
    ring.map(({ id }) => id),
    [/^young-[0-9a-f]{8}$/, /^old-[0-9a-f]{8}$/, alone[0].id],
  )
  t.notOk(keyLiesWithData(ring))
  setVariables(t, { YIZHAN_ENCRYPTION_KEYS: `old:${A}` })
  t.match(
    keyRingOf(folder).map(({ id }) => id),
    [ring[1]!.id, alone[0].id],
    'the list goes before',
  )
})

t.test('a key of the same name is told apart by its id', async (t) => {
  const [one, other] = [A, B].map((key) => parseKeys(`k:${key}`, 'here')[0]!.id)
  t.not(one, other)
  const folder = t.testdir()
  const [before] = keyRingOf(folder, { make: true })
  const secret = readFileSync(join(folder, 'secret.key'))
  secret[0]! ^= 1
  writeFileSync(join(folder, 'secret.key'), secret)
  t.not(keyRingOf(folder)[0].id, before.id)
})

t.test('what is no key is said, and not shown', async (t) => {
  const wrong: [string, RegExp][] = [
    ['', /holds no key/],
    ['# nothing', /holds no key/],
    [A, /key 1 is not/],
    [`k:${A.slice(1)}`, /key 1 is not/],
    [`a:${A},k:${A.toUpperCase()}`, /key 2 is not/],
    [`folder:${A}`, /key 1 is not/],
    [`a b:${A}`, /key 1 is not/],
    [`k:${A}:${B}`, /key 1 is not/],
    [`k:${A},k:${B}`, /two keys have one name/],
  ]
  for (const [text, message] of wrong) {
    t.throws(() => parseKeys(text, 'the list'), { message }, text)
    try {
      parseKeys(text, 'the list')
    } catch (error) {
      t.notMatch((error as Error).message, /[0-9a-f]{16}/i)
    }
  }
  t.throws(() => configuredKeys({ YIZHAN_ENCRYPTION_KEY_FILE: '/nowhere' }), /ENOENT/)
  t.same(configuredKeys({ YIZHAN_ENCRYPTION_KEYS: '' }), [])
})
