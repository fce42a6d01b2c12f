import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Ended, hotcb } from '../program.ts'
import { ENDS, faults, trialsOf } from './faults.ts'
import { machineEnv } from './preload.ts'

/** The points at which the program is killed. They are defined with `crashPoint` in the sweep sources. */
const COMMON = [
  ...['claim-placed', 'claim-cleared', 'claim-release', 'append', 'appended', 'planned', 'called', 'signed'],
  ...['tick-observed', 'tick-recovered', 'tick-told', 'intent', 'submitted', 'sent'],
  ...['export', 'export-half', 'exported'],
]

/** The kinds of stories, by the behaviour of their trials. */
const KINDS = ['plain', 'failing', 'halving', 'slurm', 'staged'] as const
type Kind = (typeof KINDS)[number]

const OWN_POINTS: Readonly<Record<Kind, readonly string[]>> = {
  plain: [],
  failing: [],
  halving: ['decide', 'decided', 'told', 'asked', 'decide', 'decided', 'told', 'asked'],
  slurm: ['script'],
  staged: ['proposed', 'proposed', 'proposed'],
}

/** The result of a story. */
export interface Story {
  readonly kind: Kind
  /** The points at which a process was actually killed. */
  readonly killed: readonly string[]
  /** Everything that is wrong. */
  readonly wrong: readonly string[]
}

/**
 * Runs a sweep whose program is killed at random points, until a last process continues to the end. The trials record that they ran,
 * so that a trial that ran twice, or never, is detected.
 */
export async function killStory(root: string, seed: number): Promise<Story> {
  const random = randomOf(seed)
  const kind = KINDS[seed % KINDS.length] ?? 'plain'
  const points = [...COMMON, ...OWN_POINTS[kind]]
  writeSweep(root, kind, random)
  const killed: string[] = []
  const rounds = 2 + Math.floor(random() * 4)
  for (let round = 0; round < rounds; round++) {
    // Later passes are rarer, because a process that is about to end has nothing left to lose.
    const point = `${points[Math.floor(random() * points.length)]}#${1 + Math.floor(random() ** 2 * 5)}`
    const words = round === 0 || random() < 0.5 ? RUN[kind] : DRIVE
    const isPair = random() < 0.25
    const started = [step(root, words, round, point), ...(isPair ? [step(root, DRIVE, round)] : [])]
    for (const { code } of await Promise.all(started)) if (code === null) killed.push(point)
  }
  const last = await finish(root, kind, rounds)
  return { kind, killed, wrong: [...last, ...(await faults(root)), ...(await missing(root, kind))] }
}

const TRIALS = 6

/** Three stages have three times as many trials, and each parent one child. */
async function missing(root: string, kind: Kind): Promise<readonly string[]> {
  const wanted = kind === 'staged' ? 3 * TRIALS : TRIALS
  const { length } = await trialsOf(root)
  return length === wanted ? [] : [`${length} trials instead of ${wanted}`]
}

// With SLURM, `--watch` checks every ten seconds.
const WATCH = ['sweep', 'run', '--watch']
const RUN = { plain: WATCH, failing: WATCH, halving: WATCH, slurm: ['sweep', 'run'], staged: WATCH } as const
const DRIVE = ['sweep', 'drive', '--every', '0.05']
/** The seconds by which the clock of each process is later than the previous one: an sbatch whose caller was killed has ended by then. */
const LATER_SECONDS = 200

function step(root: string, words: readonly string[], round: number, crashAt = ''): Promise<Ended> {
  const path = `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`
  const clock = machineEnv(root, { shift: round * LATER_SECONDS })
  return hotcb(words, { cwd: root, env: { ...clock, PATH: path, FAKE: root, HOTCB_CRASH_AT: crashAt } })
}

/** Continues until nothing is left to do. A submission whose answer was lost requires a second check. */
async function finish(root: string, kind: Kind, rounds: number): Promise<readonly string[]> {
  for (let round = rounds; round < rounds + 4; round++) {
    for (const words of [RUN[kind], DRIVE]) {
      const { code, err } = await step(root, words, round)
      // A cluster that refuses its first submission may receive it only now.
      const isRefused = kind === 'slurm' && err.includes('SLURM refused')
      if (code !== 0 && !isRefused) return [`\`${words.join(' ')}\` ended with ${code}: ${err}`]
    }
    if ((await trialsOf(root)).every(({ state }) => ENDS.has(state))) return []
  }
  return ['the sweep does not come to an end']
}

function writeSweep(root: string, kind: Kind, random: () => number): void {
  const slots = 1 + Math.floor(random() * 3)
  const more: Readonly<Record<Kind, string>> = {
    plain: '',
    failing: 'retries: {exit: 3, backoff: 0}\n',
    halving: `successive_halving: {metric: val, direction: ${random() < 0.5 ? 'min' : 'max'}, min_steps: 5, budget: 20, eta: 2, mode: asha}\n`,
    slurm: 'slurm: {partition: p}\n',
    staged: 'stages:\n  first:\n  second: {after: first, take: each}\n  third: {after: second}\n',
  }
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    `name: t\ngrid: all\nlauncher: ./l.sh\nlocal: {max_concurrent: ${slots}}\n${more[kind]}parameters:\n  x: {type: discrete, values: [3, 1, 6, 2, 5, 4]}\n`,
  )
  writeProgram(join(root, 'l.sh'), `echo "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran\n${LAUNCHERS[kind]}`)
  if (kind === 'slurm') writeCluster(root, random)
}

const LAUNCHERS: Readonly<Record<Kind, string>> = {
  plain: '',
  failing: '[ "$HYPERHERD_TRIAL_ID" != 1 ] || [ "$HYPERHERD_ATTEMPT" -gt 1 ]',
  // The trial reports, waits a second for the planner's answer, and continues to its end unless it receives a request to stop.
  halving: `x=\${1##*=}
mkdir -p "$HOTCB_RUN_DIR/stream"
echo "{\\"step\\": 5, \\"value\\": 0.$x, \\"ts\\": 1}" >> "$HOTCB_RUN_DIR/stream/val.jsonl"
for look in $(seq 20); do [ -e "$HOTCB_RUN_DIR/_signal" ] && exit 4; sleep 0.05; done
echo "{\\"step\\": 20, \\"value\\": 0.$x, \\"ts\\": 2}" >> "$HOTCB_RUN_DIR/stream/val.jsonl"`,
  slurm: '',
  staged: '',
}

/** A cluster whose sbatch sometimes loses its reply, is late, or refuses. */
function writeCluster(root: string, random: () => number): void {
  mkdirSync(join(root, 'bin'))
  const behaviour = ['', '', 'loses', 'late', 'refuses'][Math.floor(random() * 5)] ?? ''
  const sbatch = `
calls=$(cat "$FAKE/calls" 2>/dev/null | wc -l)
echo >> "$FAKE/calls"
behaviour=${behaviour}
[ "$calls" -gt 0 ] && behaviour=
[ "$behaviour" = refuses ] && { echo "sbatch: error: invalid partition specified: p" >&2; exit 1; }
job=$((7000 + calls))
script=\${!#}
tasks() {
  for task in $(grep -o -- '--array=[0-9,-]*' "$script" | cut -d= -f2 | tr , ' '); do
    for one in $(seq "\${task%-*}" "\${task#*-}"); do
      SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$one SLURM_JOB_ID=$job SLURMD_NODENAME=n1 bash "$script" > /dev/null 2>&1
    done
  done
}
if [ "$behaviour" = late ]; then (sleep 0.3; tasks) > /dev/null 2>&1 & else tasks; fi
[ "$behaviour" = loses ] && { echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1; }
echo $job`
  writeProgram(join(root, 'bin/sbatch'), sbatch)
  // The marker files show how tasks ended. A late job is unknown to the queue, which is worse than on any real cluster.
  for (const name of ['squeue', 'sacct', 'scancel']) writeProgram(join(root, 'bin', name), 'exit 0')
  writeProgram(join(root, 'bin/scontrol'), 'echo "MaxArraySize = 1001"')
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, `#!/bin/bash\n${text}\n`)
  chmodSync(path, 0o755)
}

/** mulberry32: the same story for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
