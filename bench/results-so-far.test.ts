import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { table } from './report.ts'
import { ResultsSoFar } from './results-so-far.ts'

t.test('a run that loses keys, or is cut short, keeps the others and says so', async (t) => {
  const meta = { machine: {}, commit: 'c', versions: {}, suite: 'quick', startedAt: '' }
  const file = join(t.testdir(), 'bench.json')
  const results = new ResultsSoFar(meta, ['one', 'two', 'three', 'four'], file)
  const inFile = () => JSON.parse(readFileSync(file, 'utf8'))
  t.notOk(existsSync(file), 'nothing is written before there is something')
  const one = { value: 1, unit: 'MB' }
  results.measured('one', one)
  t.same(inFile(), { meta, keys: { one } }, 'nothing has failed so far')
  results.failed('two', 'not done after 420 s')
  const three = { value: 3, unit: 'MB' }
  results.measured('three', three)
  const two = 'not done after 420 s'
  t.same(inFile(), { meta, keys: { one, three }, failed: { two } })
  results.cutShort('stopped by SIGINT')
  const four = 'not measured: stopped by SIGINT'
  t.same(inFile(), { meta, keys: { one, three }, failed: { two, four } })
  const printed = table(results.all)
  for (const line of [/^three /m, /^two +failed$/m, /^! four: not measured: stopped by SIGINT$/m]) {
    t.match(printed, line)
  }
})
