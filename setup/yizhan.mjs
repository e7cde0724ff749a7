#!/usr/bin/env node
/** The command line as an installed command: `yizhan ARGS` is `node run.mjs yizhan ARGS`. */
process.argv.splice(2, 0, 'yizhan')
await import('../run.mjs')
