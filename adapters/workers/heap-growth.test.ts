import { spawnSync } from 'node:child_process'
import t from 'tap'
import { HEAP_GROWTH } from './heap-growth.ts'

t.test(
  'V8 has the flag by which heaps grow: a later one might not, and would not say so',
  async (t) => {
    const statusWith = (flag: string) => spawnSync(process.execPath, [flag, '--eval', '']).status
    t.equal(statusWith(HEAP_GROWTH), 0)
    t.not(statusWith(HEAP_GROWTH.replace('=', 's=')), 0, 'others are refused on the command line')
  },
)
