import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { DEDUCTIBLE, policyWorld, RATE, SAMPLE } from '../../fixtures/policy-world.ts'
import { watchFiles } from './watch-files.ts'

t.test('bursts of edits are noticed once, backups not at all', async (t) => {
  const { rules } = policyWorld(t)
  let noticed = 0
  const watch = await watchFiles(
    [rules],
    () => {
      noticed += 1
    },
    (error) => t.fail(String(error)),
  )
  t.teardown(() => watch.close())
  const path = join(rules, RATE)
  const text = readFileSync(path, 'utf8')
  const edits: readonly [what: string, times: number, edit: () => unknown][] = [
    ['an edit in place', 1, () => writeFileSync(path, `${text}\n`)],
    [
      'written elsewhere and renamed',
      1,
      () => {
        writeFileSync(`${path}~`, text)
        renameSync(`${path}~`, path)
      },
    ],
    [
      'in two halves, then another file',
      1,
      async () => {
        writeFileSync(path, text.slice(0, 50))
        await sleep(60)
        writeFileSync(path, text)
        await sleep(60)
        writeFileSync(join(rules, DEDUCTIBLE), `${readFileSync(join(rules, DEDUCTIBLE), 'utf8')}\n`)
      },
    ],
    ['a second edit after a rename', 1, () => writeFileSync(path, `${text}\n\n`)],
    ['a new city', 1, () => cpSync(SAMPLE, join(rules, 'other'), { recursive: true })],
    ['a city less', 1, () => rmSync(join(rules, 'other'), { recursive: true })],
    [
      'hidden files and backups',
      0,
      () => {
        writeFileSync(`${path}~`, text)
        writeFileSync(join(rules, 'sample/resident/.rate.yaml.swp'), text)
        mkdirSync(join(rules, '.git'))
      },
    ],
  ]
  for (const [what, times, edit] of edits) {
    noticed = 0
    await edit()
    await sleep(times === 0 ? 600 : 900)
    // A machine that is busy elsewhere may tear a burst in two.
    t.ok(noticed >= times && noticed <= 2 * times, what, { noticed })
  }
})
