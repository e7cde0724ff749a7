/**
 * Asks the registry which of the packages that are served with have known faults. Advisory: it says
 * what it finds, and that it could not ask where no registry is reached; neither fails anything,
 * unless `--strict` is given.
 */

import { run, say } from './child.mjs'

const ANSWER_MAX_MS = 30_000
const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info']

export async function audit(args) {
  const strict = args.includes('--strict')
  const found = await askRegistry()
  if (found === undefined) {
    say('the registry gives no advisories: the packages were not audited')
    return strict ? 1 : 0
  }
  const faults = Object.values(found)
    .map(({ name, severity, via, fixAvailable }) => ({
      name,
      severity,
      titles: via.flatMap((cause) => (typeof cause === 'string' ? [] : [cause.title])),
      fixAvailable,
    }))
    .filter(({ titles }) => titles.length > 0)
    .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity))
  for (const { name, severity, titles, fixAvailable } of faults) {
    const mended = fixAvailable ? 'a later version mends it' : 'no version mends it yet'
    process.stdout.write(`${severity}: ${name}: ${titles.join('; ')} (${mended})\n`)
  }
  say(faults.length === 0 ? 'no known faults' : `${faults.length} packages have known faults`)
  return strict && faults.length > 0 ? 1 : 0
}

/** Package → what is known of it; nothing when the registry did not say. */
async function askRegistry() {
  let text = ''
  const args = ['audit', '--json', '--omit=dev', '--package-lock-only']
  await run('npm', args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: ANSWER_MAX_MS,
    onStart: (child) =>
      child.stdout.on('data', (part) => {
        text += part
      }),
  })
  try {
    return JSON.parse(text).vulnerabilities
  } catch {
    return undefined
  }
}
