/** The architecture as rules: `npm run check` refuses an import that breaks one. */

const TEST = '\\.test\\.ts$'
/** The floor of the bench is a bare Fastify. */
const ECHO = '^bench/echo-server\\.ts$'
const BARE = '^bench/bare-server\\.ts$'
/** What runs in a thread of the bench's own. */
const PACER = '^bench/load/pacer-thread\\.ts$'
/** `yizhan bench` lends the bench's generator to integrators. */
const BENCH_COMMAND = '^adapters/cli/bench(-protocol)?\\.ts$'
const PROJECT = '^(engine|adapters|bench|fixtures)/'

/** Spoils the files of a ledger behind the product's back, for tests. */
const SPOILER = '^fixtures/audit/spoiled-ledger\\.ts$'

/** npm packages the engine may import, as '^node_modules/NAME/'. None so far, and none lightly. */
const ENGINE_PACKAGES = []

/** Fields and names, addresses, and what amounts must add up to. */
const SAID_BY_THE_PROTOCOL = [
  '^adapters/nhsa/spec/',
  '^adapters/nhsa/service-paths\\.ts$',
  '^adapters/nhsa/money/(identities|exact-decimal)\\.ts$',
]

/** What runs the engine, for the oracle to be compared with. */
const BESIDE_THE_ORACLE = '^fixtures/oracle/(engine-side|load-rules)\\.ts$'

/** A package, or a part of Node, that one adapter keeps to itself, so that it can be replaced. */
const onlyIn = (folder, target, ...exempt) => ({
  name: `only-in-${folder.replace('/', '-')}`,
  severity: 'error',
  from: { path: PROJECT, pathNot: [`^${folder}/`, ...exempt] },
  to: { path: target },
})

module.exports = {
  forbidden: [
    {
      name: 'engine-imports-only-engine',
      comment: 'The engine is pure: no I/O, no Node module, no adapter, no package.',
      severity: 'error',
      from: { path: '^engine/', pathNot: TEST },
      to: { pathNot: ['^engine/', ...ENGINE_PACKAGES] },
    },
    onlyIn('adapters/sqlite', '(^|/)better-sqlite3(/|$)', SPOILER),
    onlyIn('adapters/http', '(^|/)(fastify|@fastify/[^/]+)(/|$)', ECHO, BARE),
    onlyIn('adapters/access', '(^|/)(@node-rs/argon2|otplib)(/|$)', TEST),
    onlyIn('adapters/nhsa', '(^|/)sm-crypto-v2(/|$)', '^adapters/codec/sm2\\.ts$'),
    onlyIn('adapters/pages', '(^|/)preact(-render-to-string)?(/|$)'),
    onlyIn('adapters/workers', '^(node:)?worker_threads$|(^|/)(piscina|birpc)(/|$)', ECHO, PACER),
    {
      name: 'adapters-without-bench',
      severity: 'error',
      from: { path: '^adapters/', pathNot: BENCH_COMMAND },
      to: { path: '^bench/' },
    },
    {
      name: 'adapters-without-fixtures',
      comment: 'Only the CLI, for the demo ledger; tests may use them.',
      severity: 'error',
      from: { path: '^adapters/', pathNot: ['^adapters/cli/', TEST] },
      to: { path: '^fixtures/' },
    },
    {
      name: 'his-is-a-client',
      comment: 'It knows what the protocol says, and nothing of how it is answered here.',
      severity: 'error',
      from: { path: '^adapters/his/', pathNot: TEST },
      to: { path: PROJECT, pathNot: ['^adapters/his/', ...SAID_BY_THE_PROTOCOL] },
    },
    {
      name: 'oracle-shares-nothing-with-the-engine',
      comment: 'Only types, and the files that put the two side by side.',
      severity: 'error',
      from: { path: '^fixtures/oracle/', pathNot: [TEST, BESIDE_THE_ORACLE] },
      to: { path: '^(engine|adapters)/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
