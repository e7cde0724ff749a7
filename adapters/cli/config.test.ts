import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runCli } from '../../fixtures/torture/server-process.ts'
import { readConfig } from './config.ts'
import { projectRoot, projectVersion } from './project-root.ts'

/** Where a setting comes from, what it may be, and that all of it can be printed. */

const folder = mkdtempSync(join(tmpdir(), 'yizhan-config-'))
t.teardown(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

t.test('the command line goes before the environment, the file and the defaults', async (t) => {
  const config = fileOf(
    'all.yaml',
    'port: 1001\nhost: 127.0.0.3\nbodyLimit: 1000\ndemo: { seed: 7 }\n',
  )
  const env = { YIZHAN_CONFIG: config, PORT: '1002', HOST: '127.0.0.2' }
  const settings = readConfig({ port: 1003 }, env)
  t.match(settings, { port: 1003, host: '127.0.0.2', bodyLimit: 1000, logLevel: 'info' })
  t.equal(settings.demo.seed, 7)
  const lines = settings.describe()
  t.match(lines, /^port: 1003\n {2}# .*\(command line; environment: PORT\)$/m)
  t.match(lines, /^host: "127\.0\.0\.2"\n {2}# .*\(environment; environment: HOST\)$/m)
  t.match(lines, /^bodyLimit: 1000\n {2}# .*all\.yaml; environment: YIZHAN_BODY_LIMIT\)$/m)
  t.match(lines, /^demo\.seed: 7\n {2}# .*all\.yaml; environment: YIZHAN_SEED\)$/m)
  t.match(lines, /^logLevel: "info"\n {2}# .*\(default; environment: YIZHAN_LOG_LEVEL\)$/m)
})

t.test(
  'the key file of the configuration is the file’s, though threads find it in the environment',
  async (t) => {
    t.teardown(() => {
      delete process.env['YIZHAN_ENCRYPTION_KEY_FILE']
    })
    const config = fileOf('keys.yaml', 'encryption: { keyFile: encryption.keys }')
    t.match(readConfig({ config }).describe(), /^encryption\.keyFile: .*\n {2}# .*keys\.yaml; env/m)
    t.match(process.env, { YIZHAN_ENCRYPTION_KEY_FILE: /encryption\.keys$/ })
  },
)

t.test('the folder of the ledger follows the scale until it is named', async (t) => {
  t.match(readConfig({}, {}).data, /data\/demo$/)
  t.match(readConfig({ scale: 'city' }, {}).data, /data\/city$/)
  t.equal(readConfig({ data: folder, scale: 'city' }, {}).data, folder)
})

const WAYS_OF_WRITING = [
  'tls: { certificate: cert.pem, privateKey: key.pem }\nadministration: { port: 8091 }',
  'tls.certificate: cert.pem\ntls.privateKey: key.pem\nadministration.port: 8091',
  'tls.certificate: cert.pem\ntls: { privateKey: key.pem }\nadministration: { port: 8091 }',
]
for (const text of WAYS_OF_WRITING) {
  t.test(`a setting of a group, nested or with a dot: ${text}`, async (t) => {
    const settings = readConfig({}, { YIZHAN_CONFIG: fileOf('group.yaml', text) })
    t.strictSame(settings.tls, { certificate: 'cert.pem', privateKey: 'key.pem' })
    t.strictSame(settings.administration, { host: '127.0.0.1', port: 8091 })
    t.match(settings.describe(), /^tls\.certificate: "cert\.pem"\n {2}# .*group\.yaml; env/m)
  })
}

const WRONG: [string, Record<string, string>, string, RegExp][] = [
  ['a port that is none', { PORT: 'abc' }, '', /port: must be a port/],
  ['an unknown scale', { YIZHAN_SCALE: 'village' }, '', /demo\.scale/],
  ['an unknown log level', {}, 'logLevel: loud', /logLevel/],
  ['a negative limit', {}, 'bodyLimit: -1', /bodyLimit/],
  ['a setting that does not exist', {}, 'hots: 127.0.0.1', /hots/],
  ['a group that does not exist', {}, 'tsl: {}', /tsl/],
  ['a setting of a group that does not exist', {}, 'tls.certficate: a.pem', /tls\.certficate/],
  [
    'a setting that is written in both ways',
    {},
    'tls: { certificate: a.pem }\ntls.certificate: b.pem',
    /wrong\.yaml: tls\.certificate is set twice: .* `tls: { certificate: … }` are the same/,
  ],
  ['a group that is a value as well', {}, 'tls: on\ntls.certificate: a', /tls\.certificate is set/],
  ['a setting that is empty', {}, 'port:', /wrong\.yaml: port is empty: write a value/],
  ['a setting of a group that is empty', {}, 'tls:\n  certificate: ~', /tls\.certificate is empty/],
  [
    'a group that is empty',
    {},
    'administration:\nport:',
    /administration is empty.*\n.*port is empty/,
  ],
  ['a value in the place of a group', {}, 'administration: 8091', /administration/],
  ['an empty port in the environment', { PORT: '' }, '', /port: must be a port/],
  ['a port that is a truth', {}, 'port: true', /port: must be a port/],
  ['a port in a list', {}, 'port: [8080]', /port: must be a port/],
  ['a port with more behind it', { PORT: '80 81' }, '', /port: must be a port/],
  ['a number with a unit', {}, 'bodyLimit: 4 MiB', /bodyLimit: must be a whole number, 0 or more/],
  ['a time with a unit', { YIZHAN_DRAIN_MS: '3s' }, '', /drainMs: must be a whole number/],
  ['an empty number in the environment', { YIZHAN_DRAIN_MS: '' }, '', /drainMs: must be a whole/],
  ['half a number', {}, 'shedToMs: 2.5', /shedToMs: must be a whole number/],
  ['nothing where one is needed', {}, 'inWorkMax: 0', /inWorkMax: must be a whole number, 1/],
  ['a truth that is a word', {}, 'docs: off', /docs: must be true or false/],
  ['a truth that is a number', { YIZHAN_DOCS: '0' }, '', /docs: must be true or false/],
  ['a file without a name of a setting', {}, '- port', /settings are lines of name: value/],
  ['a file that does not exist', { YIZHAN_CONFIG: '/nowhere.yaml' }, '', /no configuration file/],
]
t.test('what the environment says in words is what a file says', async (t) => {
  const env = { PORT: '1001', YIZHAN_DOCS: 'false', YIZHAN_DRAIN_MS: '3000' }
  t.match(readConfig({}, env), { port: 1001, docs: false, drainMs: 3000 })
  t.equal(readConfig({}, { YIZHAN_DOCS: 'true' }).docs, true)
})

for (const [name, env, file, message] of WRONG) {
  t.test(`refused: ${name}`, async (t) => {
    const config = file === '' ? {} : { YIZHAN_CONFIG: fileOf('wrong.yaml', file) }
    t.throws(() => readConfig({}, { ...config, ...env }), { message })
  })
}

const NO_NUMBERS: readonly (readonly string[])[] = [
  ['serve', '--port', ''],
  ['serve', '--threads', ' '],
  ['serve', '--pool-threads', '1e1'],
  ['verify', '--threads', '0x2'],
]
for (const args of NO_NUMBERS) {
  t.test(`refused on the command line: ${args.join(' ')}`, async (t) => {
    t.match(await runCli(args), { end: 1, stderr: /is invalid\. It is a whole number/ })
  })
}

t.test('the version has the commit that was built, where there is one', async (t) => {
  const root = mkdtempSync(join(folder, 'release-'))
  writeFileSync(join(root, 'package.json'), '{ "version": "1.2.3" }')
  t.equal(projectVersion(root), '1.2.3')
  mkdirSync(join(root, 'dist'))
  writeFileSync(join(root, 'dist', 'commit'), '0123456789ab, changed\n')
  t.equal(projectVersion(root), '1.2.3 (0123456789ab, changed)')
  t.match(projectVersion(), /^[\d.]+( \([0-9a-f]{12}(, changed)?\))?$/)
})

t.test('nobody reads the output to its end', async (t) => {
  const program = join(projectRoot(), 'dist', 'adapters', 'cli', 'main.js')
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, program, 'config'])
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  t.strictSame({ code, said }, { code: 141, said: '' })
})
