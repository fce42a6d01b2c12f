import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lutimesSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildProgram, ended, hotcb, plainEnv, programForAnybody, start, temporaryDirectory } from './program.ts'
import { faults, trialsOf } from './sweep/faults.ts'
import { type Machine, machineEnv } from './sweep/preload.ts'

beforeAll(() => {
  buildProgram()
})

/** A sweep whose trials record in the file `ran` that they ran. */
function newSweep(launcher = '', { more = '', values = '1, 2, 3, 4' } = {}): string {
  const root = temporaryDirectory()
  // Other users also work in it.
  chmodSync(root, 0o777)
  const head = 'name: t\ngrid: all\nlauncher: ./l.sh\nlocal: {max_concurrent: 2, kill_wait: 1}\n'
  writeFileSync(join(root, 'hyperherd.yaml'), `${head}${more}parameters:\n  x: {type: discrete, values: [${values}]}\n`)
  const note = 'echo "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran'
  writeFileSync(join(root, 'l.sh'), `#!/bin/bash\numask 0\n${note}\n${launcher}\n`)
  chmodSync(join(root, 'l.sh'), 0o755)
  return root
}

const HALVING =
  'prune_grace_seconds: 1\nsuccessive_halving: {metric: val, direction: min, min_steps: 5, budget: 20, eta: 2, mode: asha}\n'
/** Each trial reports after the previous one; the first one is the best. It then runs the command `after`. */
const reporting = (after: string): string => `
[ "$HYPERHERD_TRIAL_ID" = 0 ] || until [ -s ".hyperherd/results/$((HYPERHERD_TRIAL_ID - 1))/stream/val.jsonl" ]; do sleep 0.02; done
mkdir -p "$HOTCB_RUN_DIR/stream"
echo "{\\"step\\": 5, \\"value\\": $HYPERHERD_TRIAL_ID, \\"ts\\": 1}" >> "$HOTCB_RUN_DIR/stream/val.jsonl"
[ "$HYPERHERD_TRIAL_ID" = 0 ] || ${after}`

const RUN = ['sweep', 'run', '--watch']
const DRIVE = ['sweep', 'drive', '--every', '0.05']

function begin(root: string, words: readonly string[], machine: Machine, env: NodeJS.ProcessEnv = {}): ChildProcess {
  return start(words, { cwd: root, env: { ...machineEnv(root, machine), ...env } })
}

test('if two drivers are started at once in one workspace, one drives and the other exits', async () => {
  const root = newSweep()
  const both = await Promise.all([RUN, RUN, DRIVE].map((words) => hotcb(words, { cwd: root })))
  expect(both.filter(({ code }) => code !== 0 && code !== 1)).toEqual([])
  // A driver that started before the sweep existed found no sweep. One that waited for ten seconds gave up.
  for (const { code, err } of both.filter((one) => one.code === 1))
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/no sweep has been started|another process is writing to this workspace/),
    ])
  expect(await faults(root)).toEqual([])
})

const POINTS = ['append#8', 'intent#1', 'submitted#2', 'decided#1', 'export#2']

test.each(POINTS)(
  'a driver that is suspended at %s does nothing after it resumes if another host has taken over',
  async (point) => {
    const root = newSweep(reporting('until [ -e "$HOTCB_RUN_DIR/_signal" ]; do sleep 0.02; done'), { more: HALVING })
    const first = begin(root, RUN, { host: 'a' }, { HOTCB_STOP_AT: point })
    const end = ended(first)
    await untilStopped(first)
    ageSigns(root, 600)
    const second = await ended(begin(root, DRIVE, { host: 'b' }))
    expect([second.code, second.err]).toEqual([0, ''])
    first.kill('SIGCONT')
    const { code, err } = await end
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^Error: another process has taken over this workspace.*\n$/),
    ])
    expect(await faults(root)).toEqual([])
  },
)

async function untilStopped({ pid }: ChildProcess): Promise<void> {
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
    await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Makes the driver's claim and heartbeat file appear not to have been renewed for this long. */
function ageSigns(root: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds
  const claims = join(root, '.hyperherd/claims')
  for (const name of readdirSync(claims)) lutimesSync(join(claims, name), then, then)
  const sign = join(root, '.hyperherd/driver.json')
  if (existsSync(sign)) utimesSync(sign, then, then)
}

test('after the clock is set back by two hours, grace periods continue, and no line is older than the previous one', async () => {
  const root = newSweep(reporting('exec sleep 1000'), { more: HALVING, values: '1, 2' })
  const ahead = { shift: 7200 }
  await ended(begin(root, RUN, ahead, { HOTCB_CRASH_AT: 'asked#1' }))
  const { code } = await ended(begin(root, RUN, {}))
  expect(code).toBe(0)
  expect(await faults(root)).toEqual([])
  expect((await trialsOf(root)).map(({ state }) => state)).toEqual(['completed', 'pruned'])
  const [name = ''] = readdirSync(join(root, '.hyperherd/journal'))
  const lines = readFileSync(join(root, '.hyperherd/journal', name), 'utf8')
    .trim()
    .split('\n')
  const times = lines.map((line): number => JSON.parse(line).ts)
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

// Only root can run processes as other users. Without root, both are the same user.
const isRoot = process.getuid?.() === 0

/** Runs the program as a user whose files other users may write. */
function asUser(uid: number, program: string, words: readonly string[], cwd: string): ChildProcess {
  const line = ['-c', 'umask 0; exec "$@"', 'sh', process.execPath, program, ...words]
  return spawn('sh', line, { cwd, env: plainEnv(), ...(isRoot && { uid }) })
}

test("two users in one workspace run each attempt once, and neither can end the other's processes", async () => {
  const root = newSweep('[ "$HYPERHERD_TRIAL_ID" != 3 ] || exec sleep 1000')
  const program = programForAnybody()
  const [ann, bob] = [65_533, 65_534].map(
    (uid) =>
      (...words: readonly string[]) =>
        asUser(uid, program, words, root),
  )
  if (ann === undefined || bob === undefined) throw new Error('two users')
  const first = ann(...RUN)
  await untilTrue(() => readIfThere(join(root, 'ran')).includes('3-1'))
  await untilTrue(async () => (await trialsOf(root)).slice(0, 3).every(({ state }) => state === 'completed'))
  expect(await ended(bob(...RUN))).toMatchObject({
    code: 0,
    err: 'another driver is running this sweep; watch it with `herd watch`\n',
  })
  first.kill('SIGKILL')
  const stopped = await ended(bob('sweep', 'stop', '3'))
  if (isRoot)
    expect(stopped).toMatchObject({
      code: 3,
      err: expect.stringMatching(/^Error: trial 3 belongs to another user, and only that user can stop it; .*\n$/),
    })
  expect((await ended(ann('sweep', 'stop', '3'))).code).toBe(0)
  await ended(bob(...DRIVE))
  await untilTrue(async () => (await trialsOf(root))[3]?.state === 'cancelled')
  const ran = readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')
  expect([...ran].sort()).toEqual(['0-1', '1-1', '2-1', '3-1'])
})

test('a user without write permission gets one line', async () => {
  const root = newSweep()
  await hotcb(RUN, { cwd: root })
  chmodSync(join(root, '.hyperherd/claims'), 0o555)
  const { code, err } = await ended(asUser(65_534, programForAnybody(), ['sweep', 'stop', '--all'], root))
  chmodSync(join(root, '.hyperherd/claims'), 0o755)
  expect([code, err]).toEqual([1, expect.stringMatching(/^Error: the workspace cannot be written: EACCES.*\n$/)])
})

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Runs shell lines in `disk`, a file system of a few kilobytes; false if it cannot be mounted here. */
function onSmallDisk(disk: string, lines: string): { readonly status: number | null; readonly err: string } | false {
  const mount = (body: string) =>
    spawnSync('unshare', ['-rm', 'sh', '-c', `mount -t tmpfs -o size=256k none '${disk}' && cd '${disk}' && ${body}`], {
      encoding: 'utf8',
      env: plainEnv(),
    })
  if (mount('true').status !== 0) return false
  const { status, stderr } = mount(lines)
  return { status, err: stderr }
}

test('on a full disk, a command ends with one line, a driver waits and reports it once, and nothing is lost or repeated', async () => {
  const [disk, outside] = [temporaryDirectory(), newSweep()]
  const program = `'${process.execPath}' '${buildProgram()}' sweep`
  // Trials record outside this disk that they ran. Space is freed once the driver has reported that there is none.
  const lines = `{
    cp '${outside}/hyperherd.yaml' . && sed 's|>> ran|>> ${outside}/ran|' '${outside}/l.sh' > l.sh && chmod +x l.sh
    HOTCB_CRASH_AT=called#1 ${program} run --watch > /dev/null 2>&1
    head -c 1M /dev/zero > filler 2> /dev/null
    ${program} drive --once > /dev/null 2> '${outside}/once'
    echo $? >> '${outside}/once'
    (until [ -s '${outside}/driver' ]; do sleep 0.05; done; sleep 0.5; rm filler) &
    ${program} drive --every 0.05 > /dev/null 2> '${outside}/driver'
    echo $? >> '${outside}/driver'
    cp -a .hyperherd '${outside}'
  }`
  const done = onSmallDisk(disk, lines)
  // If no disk can be mounted, as in some containers, a file size limit has the same effect as a full disk.
  if (done === false) return fullByLimit(outside)
  expect(done).toEqual({ status: 0, err: '' })
  const full = /^(Error: |hotcb: )?[^\n]*no space left on[^\n]*\n/
  expect(readFileSync(join(outside, 'once'), 'utf8')).toMatch(new RegExp(`${full.source}1\n$`))
  expect(readFileSync(join(outside, 'driver'), 'utf8')).toMatch(new RegExp(`${full.source}0\n$`))
  expect(await faults(outside)).toEqual([])
})

async function fullByLimit(root: string): Promise<void> {
  const program = [process.execPath, buildProgram(), 'sweep']
  const limited = spawnSync('sh', ['-c', 'ulimit -S -f 1; exec "$@"', 'sh', ...program, 'run'], {
    cwd: root,
    encoding: 'utf8',
    env: plainEnv(),
  })
  expect([limited.status, limited.stderr]).toEqual([
    1,
    expect.stringMatching(/^(Error: |hotcb: )[^\n]*larger than allowed[^\n]*\n$/),
  ])
  expect((await hotcb(RUN, { cwd: root })).code).toBe(0)
  expect(await faults(root)).toEqual([])
}
