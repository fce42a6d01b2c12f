import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One run directory that causes problems, by intent or by accident. */
export interface HostileRun {
  readonly name: string
  /** The problem in its row; null if there is none. */
  readonly problem: RegExp | null
  /** Fills the directory. `outside` is a directory that is not served, with a file `secret`. */
  make(dir: string, outside: string): void
}

const METRICS = 'hotcb.metrics.jsonl'
const STATE = 'hotcb.state.json'
const LEDGER = 'hotcb.applied.jsonl'
const COMMANDS = 'hotcb.commands.jsonl'
const OUT = /is a link out of the served directories/
const NOTHING = /is a broken link/
const DIRECTORY = /it is a directory/
const NO_FILE = /it is not a regular file/

function directory(name: string): HostileRun['make'] {
  return (dir) => void mkdirSync(join(dir, name))
}

function pipe(name: string): HostileRun['make'] {
  return (dir) => void spawnSync('mkfifo', [join(dir, name)])
}

function link(name: string, target: (outside: string) => string): HostileRun['make'] {
  return (dir, outside) => symlinkSync(target(outside), join(dir, name))
}

function linkOut(name: string): HostileRun['make'] {
  return link(name, (outside) => join(outside, 'secret'))
}

function linkToNothing(name: string): HostileRun['make'] {
  return link(name, (outside) => join(outside, `made-by-${name}`))
}

/** A sparse file of four gigabytes, which takes no disk space. */
function sparse(name: string): HostileRun['make'] {
  return (dir) => {
    const fd = openSync(join(dir, name), 'w')
    ftruncateSync(fd, 4 * 1024 ** 3)
    closeSync(fd)
  }
}

function text(name: string, content: string | Buffer): HostileRun['make'] {
  return (dir) => writeFileSync(join(dir, name), content)
}

function bad(name: string, problem: RegExp | null, ...makes: HostileRun['make'][]): HostileRun {
  return { name, problem, make: (dir, outside) => void makes.map((make) => make(dir, outside)) }
}

const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
const point = text(METRICS, '{"step":1,"metrics":{"loss":1}}\n')
const cacheOut = link('.hotcb-cache', (outside) => outside)
const manyPoints = text(METRICS, '{"step":1,"metrics":{"loss":1}}\n'.repeat(160_000))

export const HOSTILE_RUNS: readonly HostileRun[] = [
  bad('metrics-directory', DIRECTORY, directory(METRICS)),
  bad('metrics-pipe', NO_FILE, pipe(METRICS)),
  bad('metrics-out', OUT, linkOut(METRICS)),
  bad('metrics-nothing', NOTHING, linkToNothing(METRICS)),
  bad(
    'metrics-device',
    NO_FILE,
    link(METRICS, () => '/dev/zero'),
  ),
  bad(
    'metrics-circle',
    /ELOOP/,
    link(METRICS, () => METRICS),
  ),
  bad('metrics-sparse', /does not end with a valid line/, sparse(METRICS)),
  bad('metrics-garbage', /does not end with a valid line/, text(METRICS, 'garbage\n{}\n')),
  bad('metrics-empty', null, text(METRICS, '')),
  bad('metrics-binary', /does not end with a valid line/, text(METRICS, Buffer.alloc(100_000, 0xff))),
  bad('state-directory', DIRECTORY, point, directory(STATE)),
  bad('state-pipe', NO_FILE, point, pipe(STATE)),
  bad('state-out', OUT, point, linkOut(STATE)),
  bad('state-nothing', NOTHING, point, linkToNothing(STATE)),
  bad('state-sparse', /it is larger than/, point, sparse(STATE)),
  bad('state-empty', /is not JSON/, point, text(STATE, '')),
  bad('state-deep', /is not JSON/, point, text(STATE, DEEP)),
  bad('ledger-pipe', NO_FILE, point, pipe(LEDGER)),
  bad('ledger-out', OUT, point, linkOut(LEDGER)),
  bad('ledger-sparse', /does not end with a valid line/, point, sparse(LEDGER)),
  bad('commands-nothing', NOTHING, point, linkToNothing(COMMANDS)),
  bad('commands-out', OUT, point, linkOut(COMMANDS)),
  bad('commands-pipe', NO_FILE, point, pipe(COMMANDS)),
  bad('freeze-out', OUT, point, linkOut('hotcb.freeze.json')),
  bad('freeze-directory', DIRECTORY, point, directory('hotcb.freeze.json')),
  bad('run-binary', /is not JSON/, point, text('hotcb.run.json', Buffer.alloc(1000))),
  bad('actuators-out', OUT, point, linkOut('hotcb.actuators.json')),
  bad(
    'log-device',
    NO_FILE,
    point,
    link('hotcb.log', () => '/dev/zero'),
  ),
  bad('features-pipe', NO_FILE, point, pipe('hotcb.features.jsonl')),
  bad(
    'checkpoints-out',
    null,
    point,
    link('hotcb.checkpoints', (outside) => outside),
  ),
  bad('meta-pipe', null, point, (dir) => {
    mkdirSync(join(dir, 'hotcb.checkpoints', 'best'), { recursive: true })
    spawnSync('mkfifo', [join(dir, 'hotcb.checkpoints', 'best', 'meta.json')])
  }),
  bad('cache-out', null, manyPoints, cacheOut),
  bad('cache-index-pipe', null, manyPoints, (dir) => {
    mkdirSync(join(dir, '.hotcb-cache', METRICS), { recursive: true })
    spawnSync('mkfifo', [join(dir, '.hotcb-cache', METRICS, 'index.json')])
  }),
  // Root can read it anyway.
  bad('unreadable', process.getuid?.() === 0 ? null : /permission denied/, point, (dir) =>
    chmodSync(join(dir, METRICS), 0),
  ),
]

/** Creates a directory for each hostile run in `root`. */
export function makeHostileRuns(root: string, outside: string): void {
  for (const { name, make } of HOSTILE_RUNS) {
    mkdirSync(join(root, name), { recursive: true })
    make(join(root, name), outside)
    // Other directories need this file to be recognized as runs.
    if (!['metrics', 'state', 'ledger', 'commands'].some((file) => name.startsWith(`${file}-`))) continue
    if (!name.startsWith('commands-')) writeFileSync(join(root, name, COMMANDS), '')
  }
}
