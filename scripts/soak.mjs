// `pnpm soak [KILLS] [SEED]`: runs the kill tests for as long as you like; a thousand kills by default, with a new seed every
// time. For each thousand kills, it also tests 200 runs that go back to their checkpoints, with six kills each; 50 interrupted
// launches; 200 sweeps whose program is killed at random points; and 200 training runs in Python that are killed until they
// have ended.
import { resolve } from 'node:path'
import { run } from './set-up.mjs'

const [kills = '1000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`${kills} kills, seed ${seed}`)
const tests = ['kill', 'load-kill'].map((name) => `packages/demos/test/${name}.test.ts`)
const stories = String(Math.ceil(Number(kills) / 5))
const others = [
  'packages/runtimectl/test/kill.test.ts',
  'packages/cli/test/sweep-kills.test.ts',
  'test/launch-interrupts.test.ts',
]
run('npx', ['vitest', 'run', ...tests, ...others, '--disable-console-intercept'], {
  env: { ...process.env, HOTCB_KILLS: kills, HOTCB_SEED: seed, HOTCB_STORIES: stories, HOTCB_SWEEPS: stories },
})
const python = resolve('packages/bridge/python')
run(process.execPath, ['packages/bridge/scripts/bundle-programs.mjs'])
run(process.env.HOTCB_PYTHON ?? 'python3', ['-m', 'unittest', 'tests/test_kill_stories.py', 'tests/test_kill.py'], {
  cwd: python,
  env: { ...process.env, PYTHONPATH: `${python}/src:${python}/tests`, HOTCB_STORIES: stories, HOTCB_SOAK: '1' },
})
