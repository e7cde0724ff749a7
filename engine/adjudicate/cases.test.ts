import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readCase, runCase } from '../../fixtures/run-case.ts'

const FOLDER = 'fixtures/cases'

/** Every case of fixtures/cases; the expectations are there, and why they are what they are. */
t.test('cases', async (t) => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
  let steps = 0
  let expectations = 0
  for (const file of files) {
    const theCase = readCase(join(FOLDER, file))
    const options = theCase.todo === undefined ? {} : { todo: theCase.todo }
    const outcomes = await runCase(theCase)
    const wrong = outcomes.flatMap(({ name, differences }) =>
      differences.map((difference) => `${name}: ${difference}`),
    )
    t.same(wrong, [], `${file}: ${theCase.title}`, options)
    steps += outcomes.length
    for (const outcome of outcomes) expectations += outcome.expectations
  }
  t.comment(`${files.length} cases, ${steps} steps, ${expectations} expectations`)
})
