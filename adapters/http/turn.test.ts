import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Turn } from './turn.ts'

t.test('the work of one turn goes step by step, and none is forgotten', async (t) => {
  const turn = new Turn()
  const seen: string[] = []
  const note = (what: string) => () => void seen.push(what)
  turn.send(note('send'))
  turn.ask(note('ask'))
  turn.decide(() => {
    seen.push('decide')
    turn.send(note('send what was decided'))
    turn.read(note('read in the next turn'))
  })
  turn.read(() => {
    seen.push('read')
    turn.decide(note('decide what was read'))
  })
  await setImmediate()
  const first = ['read', 'decide', 'decide what was read', 'ask', 'send', 'send what was decided']
  t.strictSame(seen, first)
  await setImmediate()
  t.strictSame(seen.slice(first.length), ['read in the next turn'])
})
