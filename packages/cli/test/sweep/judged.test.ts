import { expect, test } from 'vitest'
import { attemptIn, curve, transcript, writtenSweep, YAML } from './written.ts'

const HALVING = `${YAML}successive_halving: {metric: loss, direction: min, min_steps: 1, budget: 4, eta: 2, mode: asha}\n`

test('sh shows the decisions of early stopping and their reasons', async () => {
  const sweep = writtenSweep(
    HALVING,
    ['x-0', 'x-1', 'x-2'],
    ...attemptIn(0, 'completed', { code: 0 }),
    ...attemptIn(1, 'completed', { code: 0 }),
  )
  sweep.file('.hyperherd/results/0/hotcb.metrics.jsonl', curve('loss', 1, 1, 1, 1))
  sweep.file('.hyperherd/results/1/hotcb.metrics.jsonl', curve('loss', 2, 3))
  const flags = '--metric loss --direction max --min-steps 2 --budget 8 --eta 2 --mode sync -j 1'
  const lines = ['sh -n -r', 'sh -n --json', `sh -n --json ${flags}`, 'sh']
  expect(await transcript(sweep, lines)).toMatchInlineSnapshot(`
    "
    $ sh -n -r
    Successive halving: 0 action(s)
    Would: 0 submitted, 0 pruned, 0 paused.
    Why:
      #0 completed: it trains to the end at step 4: 0 ahead of it, 0 have not reached it yet, 1 of 1 continue
      #1 completed: it is pruned at step 1: 1 ahead of it, 0 have not reached it yet, 1 of 2 continue
      #2 ready: it has not started
    $ sh -n --json
    {"dry_run":true,"mode":"asha","rungs":[1,2,4],"slurm_job_id":null,"submitted":[],"pruned":[],"paused":[],"decisions":[{"index":0,"status":"completed","max_step":4,"action":"none","verdict":"run_free","rung":2,"reason":"it trains to the end at step 4: 0 ahead of it, 0 have not reached it yet, 1 of 1 continue","explanation":"it trains to the end at step 4: 0 ahead of it, 0 have not reached it yet, 1 of 1 continue","standing":{"rung":2,"step":4,"value":1,"cohort_size":1,"keep":1,"ahead_definite":0,"unreached":0}},{"index":1,"status":"completed","max_step":2,"action":"none","verdict":"prune","rung":0,"reason":"it is pruned at step 1: 1 ahead of it, 0 have not reached it yet, 1 of 2 continue","explanation":"it is pruned at step 1: 1 ahead of it, 0 have not reached it yet, 1 of 2 continue","standing":{"rung":0,"step":1,"value":2,"cohort_size":2,"keep":1,"ahead_definite":1,"unreached":0}},{"index":2,"status":"ready","max_step":null,"action":"none","verdict":"none","rung":null,"reason":"it has not started","explanation":"it has not started","standing":null}]}
    $ sh -n --json --metric loss --direction max --min-steps 2 --budget 8 --eta 2 --mode sync -j 1
    {"dry_run":true,"mode":"sync","rungs":[2,4,8],"slurm_job_id":null,"submitted":[],"pruned":[],"paused":[],"decisions":[{"index":0,"status":"completed","max_step":4,"action":"none","verdict":"prune","rung":0,"reason":"it is pruned at step 2: 1 ahead of it, 0 have not reached it yet, 1 of 2 continue","explanation":"it is pruned at step 2: 1 ahead of it, 0 have not reached it yet, 1 of 2 continue","standing":{"rung":0,"step":2,"value":1,"cohort_size":2,"keep":1,"ahead_definite":1,"unreached":0}},{"index":1,"status":"completed","max_step":2,"action":"none","verdict":"promote","rung":0,"reason":"it continues at step 2: 0 ahead of it, 0 have not reached it yet, 1 of 2 continue","explanation":"it continues at step 2: 0 ahead of it, 0 have not reached it yet, 1 of 2 continue","standing":{"rung":0,"step":2,"value":3,"cohort_size":2,"keep":1,"ahead_definite":0,"unreached":0}},{"index":2,"status":"ready","max_step":null,"action":"none","verdict":"none","rung":null,"reason":"it has not started","explanation":"it has not started","standing":null}]}
    $ sh
    Successive halving: 0 action(s)
    Did: 0 submitted, 0 pruned, 0 paused.
    "
  `)
  expect(await transcript(writtenSweep(YAML, ['x-0']), ['sh'])).toMatchInlineSnapshot(`
    "
    $ sh
    ! <red>Error:</red> the config has no \`successive_halving\`; add it and start \`herd run\` again, or pass \`--metric\`, \`--direction\`, \`--min-steps\` and \`--budget\`
    = 1
    "
  `)
})

test('sh prunes running trials and resumes paused ones', async () => {
  const yaml = HALVING.replace('asha', 'sync')
  const names = ['x-0', 'x-1', 'x-2', 'x-3']
  const sweep = writtenSweep(
    yaml,
    names,
    ...names.flatMap((_, i) => attemptIn(i, 'running', {}, 1, 'slurm')),
    { type: 'wish', trials: [0], want: 'pause', why: 'sync at 1: 0 ahead of it, 1 not there yet, keeps 2' },
    { type: 'told', i: 0, n: 1, what: 'signal' },
    { type: 'seen', rows: [[0, 1, 0, 'cancelled', {}]] },
  )
  for (const i of names.keys()) sweep.file(`.hyperherd/results/${i}/hotcb.metrics.jsonl`, curve('loss', i))
  expect(await transcript(sweep, ['sh -n -r', 'sh -n --json'])).toMatchInlineSnapshot(`
    "
    $ sh -n -r
    Successive halving: 3 action(s)
      #0 RESUME it continues at step 1: 0 ahead of it, 0 have not reached it yet, 2 of 4 continue
      #2 PRUNE it is pruned at step 1: 2 ahead of it, 0 have not reached it yet, 2 of 4 continue
      #3 PRUNE it is pruned at step 1: 3 ahead of it, 0 have not reached it yet, 2 of 4 continue
    Would: 1 submitted, 2 pruned, 0 paused.
    Why:
      #0 paused: it continues at step 1: 0 ahead of it, 0 have not reached it yet, 2 of 4 continue
      #1 running: it continues at step 1: 1 ahead of it, 0 have not reached it yet, 2 of 4 continue
      #2 running: it is pruned at step 1: 2 ahead of it, 0 have not reached it yet, 2 of 4 continue
      #3 running: it is pruned at step 1: 3 ahead of it, 0 have not reached it yet, 2 of 4 continue
    $ sh -n --json
    {"dry_run":true,"mode":"sync","rungs":[1,2,4],"slurm_job_id":null,"submitted":[0],"pruned":[2,3],"paused":[],"decisions":[{"index":0,"status":"paused","max_step":1,"action":"submit","verdict":"promote","rung":0,"reason":"it continues at step 1: 0 ahead of it, 0 have not reached it yet, 2 of 4 continue","explanation":"it continues at step 1: 0 ahead of it, 0 have not reached it yet, 2 of 4 continue","standing":{"rung":0,"step":1,"value":0,"cohort_size":4,"keep":2,"ahead_definite":0,"unreached":0}},{"index":1,"status":"running","max_step":1,"action":"none","verdict":"promote","rung":0,"reason":"it continues at step 1: 1 ahead of it, 0 have not reached it yet, 2 of 4 continue","explanation":"it continues at step 1: 1 ahead of it, 0 have not reached it yet, 2 of 4 continue","standing":{"rung":0,"step":1,"value":1,"cohort_size":4,"keep":2,"ahead_definite":1,"unreached":0}},{"index":2,"status":"running","max_step":1,"action":"prune","verdict":"prune","rung":0,"reason":"it is pruned at step 1: 2 ahead of it, 0 have not reached it yet, 2 of 4 continue","explanation":"it is pruned at step 1: 2 ahead of it, 0 have not reached it yet, 2 of 4 continue","standing":{"rung":0,"step":1,"value":2,"cohort_size":4,"keep":2,"ahead_definite":2,"unreached":0}},{"index":3,"status":"running","max_step":1,"action":"prune","verdict":"prune","rung":0,"reason":"it is pruned at step 1: 3 ahead of it, 0 have not reached it yet, 2 of 4 continue","explanation":"it is pruned at step 1: 3 ahead of it, 0 have not reached it yet, 2 of 4 continue","standing":{"rung":0,"step":1,"value":3,"cohort_size":4,"keep":2,"ahead_definite":3,"unreached":0}}]}
    "
  `)
  sweep.file('.hyperherd/results/1/hotcb.metrics.jsonl', '')
  expect(await transcript(sweep, ['sh -n -r'])).toMatchInlineSnapshot(`
    "
    $ sh -n -r
    Successive halving: 3 action(s)
      #0 RESUME it continues at step 1: 0 ahead of it, 1 have not reached it yet, 2 of 4 continue
      #2 PAUSE it is waiting for the others at step 1: 1 ahead of it, 1 have not reached it yet, 2 of 4 continue
      #3 PRUNE it is pruned at step 1: 2 ahead of it, 1 have not reached it yet, 2 of 4 continue
    Would: 1 submitted, 1 pruned, 1 paused.
    Why:
      #0 paused: it continues at step 1: 0 ahead of it, 1 have not reached it yet, 2 of 4 continue
      #1 running: it is training toward the first rung
      #2 running: it is waiting for the others at step 1: 1 ahead of it, 1 have not reached it yet, 2 of 4 continue
      #3 running: it is pruned at step 1: 2 ahead of it, 1 have not reached it yet, 2 of 4 continue
    "
  `)
})

test('importance and plot need trials', async () => {
  const events = [0, 1, 2, 3].flatMap((i) => attemptIn(i, 'completed', { code: 0 }))
  const sweep = writtenSweep(YAML, ['x-0', 'x-1', 'x-2', 'x-3'], ...events)
  for (const i of [0, 1, 2, 3]) sweep.file(`.hyperherd/results/${i}.json`, `{"loss": ${i}}`)
  const importance = ['importance', 'importance --json', 'importance -m acc']
  const plot = [
    '-o ROOT/a.svg',
    'curves -o ROOT/b.SVG --json',
    'parallel -o a.txt',
    'rungs -o ROOT/a.svg',
    'curves -o ROOT/no/a.svg',
  ]
  expect(await transcript(sweep, [...importance, ...plot.map((line) => `plot ${line}`)])).toMatchInlineSnapshot(`
    "
    $ importance
    4 completed trials: ten with different values of \`loss\` are needed
    $ importance --json
    {"metric":"loss","trials":4,"importance":[{"name":"x","share":0}]}
    $ importance -m acc
    ! <red>Error:</red> no trial has reported \`acc\`; choose from loss
    = 1
    $ plot -o ROOT/a.svg
    ROOT/a.svg
    $ plot curves -o ROOT/b.SVG --json
    {"kind":"curves","path":"ROOT/b.SVG"}
    $ plot parallel -o a.txt
    ! <red>hotcb:</red> \`-o a.txt\` must end in .svg or .png
    = 2
    $ plot rungs -o ROOT/a.svg
    ! <red>Error:</red> early stopping has not judged any trial
    = 1
    $ plot curves -o ROOT/no/a.svg
    ! <red>hotcb:</red> cannot write \`ROOT/no/a.svg\`: ENOENT: no such file or directory, open 'ROOT/no/a.svg'
    = 1
    "
  `)
})

const WIDE = YAML.replace(/x: .*/, 'x: {type: int, low: 0, high: 40}')

test("importance draws each parameter's fraction of the variance", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `x-${i}`)
  const sweep = writtenSweep(WIDE, names, ...names.flatMap((_, i) => attemptIn(i, 'completed', { code: 0 })))
  for (const i of names.keys()) sweep.file(`.hyperherd/results/${i}.json`, `{"loss": ${i * i}}`)
  expect(await transcript(sweep, ['importance', 'importance --json'])).toMatchInlineSnapshot(`
    "
    $ importance
    x  100.0 %  ██████████████████████████████
    $ importance --json
    {"metric":"loss","trials":12,"importance":[{"name":"x","share":1}]}
    "
  `)
  const plain = await sweep.herd('importance', { terminal: { unicode: false } })
  expect(plain.out).toBe(`x  100.0 %  ${'#'.repeat(30)}\n`)
})
