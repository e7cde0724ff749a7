import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ofThisProcess, scratchFolder } from './abandoned.ts'
import { makeOnce, writeWhole } from './write-whole.ts'

/** A process of this number cannot be. */
const KILLED = 'of-999999999-a'

t.test('a file is there as a whole, whoever else writes it', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'file')
  writeWhole(file, (writing) => {
    writeFileSync(writing, 'one ')
    writeWhole(file, (other) => writeFileSync(other, 'the other'))
    t.equal(readFileSync(file, 'utf8'), 'the other')
    writeFileSync(writing, 'whole', { flag: 'a' })
  })
  t.equal(readFileSync(file, 'utf8'), 'one whole')
  t.strictSame(readdirSync(folder), ['file'])
})

t.test('a writer that fails leaves what was there, and nothing else', async (t) => {
  const folder = t.testdir({ file: 'before' })
  const file = join(folder, 'file')
  const fail = (writing: string) => {
    writeFileSync(writing, 'half')
    throw new Error('no space left')
  }
  t.throws(() => writeWhole(file, fail), /no space left/)
  t.equal(readFileSync(file, 'utf8'), 'before')
  t.strictSame(readdirSync(folder), ['file'])
})

t.test('what is made once is not written over', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'file')
  for (const text of ['first', 'second']) makeOnce(file, text)
  t.equal(readFileSync(file, 'utf8'), 'first')
  t.strictSame(readdirSync(folder), ['file'])
})

t.test('what a killed process has left is removed, and nobody else’s', async (t) => {
  const living = `file.${ofThisProcess()}-a.writing`
  const others = ['file.writing', `file2.${KILLED}.writing`, living]
  const folder = t.testdir(
    Object.fromEntries([...others, `file.${KILLED}.writing`].map((name) => [name, ''])),
  )
  writeWhole(join(folder, 'file'), (writing) => writeFileSync(writing, ''))
  t.strictSame(readdirSync(folder).sort(), ['file', ...others].sort())
  mkdirSync(join(folder, `trial-${KILLED}`, 'data'), { recursive: true })
  const own = [scratchFolder(folder, 'trial-'), scratchFolder(folder, 'trial-')]
  t.ok(own.every(existsSync))
  t.notOk(existsSync(join(folder, `trial-${KILLED}`)))
})
