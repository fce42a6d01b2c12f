import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attemptIn, BEGIN, curve, transcript, writtenSweep, YAML } from './written.ts'

test('export writes a row for each trial', async () => {
  const facts = { code: 0, begun: BEGIN, ended: BEGIN + 5, step: 3 }
  const sweep = writtenSweep(YAML, ['x-0', 'x-1'], ...attemptIn(0, 'completed', facts))
  sweep.file('.hyperherd/results/0/hotcb.metrics.jsonl', curve('loss', 2, 1, 3))
  sweep.file('.hyperherd/results/0.json', '{"acc": 0.5, "list": [1, 2], "x": 7, "is": true}')
  const lines = [
    '-o ROOT/out/a.csv',
    '-o ROOT/out/a.json',
    '1 --format json -o ROOT/out/b.JSON',
    '-o ROOT/c.parquet --json',
  ]
  expect(
    await transcript(
      sweep,
      lines.map((line) => `export ${line}`),
    ),
  ).toMatchInlineSnapshot(`
    "
    $ export -o ROOT/out/a.csv
    ROOT/out/a.csv: 2 trials
    $ export -o ROOT/out/a.json
    ROOT/out/a.json: 2 trials
    $ export 1 --format json -o ROOT/out/b.JSON
    ROOT/out/b.JSON: 1 trials
    $ export -o ROOT/c.parquet --json
    {"path":"ROOT/c.parquet","format":"parquet","trials":2}
    "
  `)
  const written = ['a.csv', 'a.json', 'b.JSON'].map((name) => readFileSync(`${sweep.root}/out/${name}`, 'utf8'))
  expect(`\n${written.join('')}`).toMatchInlineSnapshot(`
    "
    trial,experiment_name,state,reason,attempt,step,seconds,x,acc,acc.last,acc.min,acc.max,list,list.last,list.min,list.max,metrics.x,x.last,x.min,x.max,is,is.last,is.min,is.max,loss,loss.last,loss.best,loss.best_step
    0,x-0,completed,,1,3,5,0,0.5,,,,"[1,2]",,,,7,,,,true,,,,,3,1,2
    1,x-1,ready,,0,,,1,,,,,,,,,,,,,,,,,,,,
    [
    {"trial":0,"experiment_name":"x-0","state":"completed","reason":null,"attempt":1,"step":3,"seconds":5,"params":{"x":0},"metrics":{"acc":{"final":0.5,"last":null,"min":null,"max":null},"list":{"final":[1,2],"last":null,"min":null,"max":null},"x":{"final":7,"last":null,"min":null,"max":null},"is":{"final":true,"last":null,"min":null,"max":null},"loss":{"final":null,"last":3,"best":1,"best_step":2}}},
    {"trial":1,"experiment_name":"x-1","state":"ready","reason":null,"attempt":0,"step":null,"seconds":null,"params":{"x":1},"metrics":{}}
    ]
    [
    {"trial":1,"experiment_name":"x-1","state":"ready","reason":null,"attempt":0,"step":null,"seconds":null,"params":{"x":1},"metrics":{}}
    ]
    "
  `)
  const refused = ['--format parquet', '--format csv --json', '-o a.txt', '--format csv -o a.json', '9 -o ROOT/a.csv']
  const places = ['-o ROOT/.hyperherd/a.csv', '-o ROOT/l.sh/a.csv', '--schedule --format csv', '1 --schedule']
  expect(
    await transcript(sweep, ['export', ...[...refused, ...places].map((line) => `export ${line}`)]),
  ).toMatchInlineSnapshot(`
    "
    $ export
    ! <red>hotcb:</red> choose what to export: \`--format csv\`, \`json\` or \`parquet\` for the trials, or \`--schedule\`
    = 1
    $ export --format parquet
    ! <red>hotcb:</red> \`--format parquet\` is a binary format: choose a file with \`--out\`
    = 2
    $ export --format csv --json
    ! {"error":"\`--json\` and the table both write to standard output: choose a file with \`--out\`","code":"usage","exit_code":2}
    = 2
    $ export -o a.txt
    ! <red>hotcb:</red> \`--out a.txt\` must end in .csv, .json or .parquet
    = 2
    $ export --format csv -o a.json
    ! <red>hotcb:</red> \`--out a.json\` must end in .csv
    = 2
    $ export 9 -o ROOT/a.csv
    ! <red>Error:</red> trial 9 does not exist; list the trials with \`herd ls\`
    = 1
    $ export -o ROOT/.hyperherd/a.csv
    ! <red>hotcb:</red> cannot write \`ROOT/.hyperherd/a.csv\`: \`ROOT/.hyperherd/a.csv\` is one of the sweep's own files: choose a different path
    = 1
    $ export -o ROOT/l.sh/a.csv
    ! <red>hotcb:</red> cannot write \`ROOT/l.sh/a.csv\`: EEXIST: file already exists, mkdir 'ROOT/l.sh'
    = 1
    $ export --schedule --format csv
    ! <red>hotcb:</red> \`--schedule\` always writes a recipe and cannot be combined with \`--format\`
    = 2
    $ export 1 --schedule
    ! <red>Error:</red> trial 1 was never started
    = 1
    "
  `)
})

test('a population is exported as its schedule', async () => {
  const yaml = YAML.replace(
    'grid: all',
    'search: {method: pbt, trials: 2, seed: 3}\npopulation: {interval: 2}',
  ).replace(/x: .*/, 'x: {type: continuous, low: 0, high: 5}')
  const sweep = writtenSweep(
    yaml,
    ['x-0', 'x-1'],
    ...attemptIn(0, 'completed', { code: 0 }),
    ...attemptIn(1, 'completed', { code: 0 }),
  )
  for (const i of [0, 1]) {
    sweep.file(`.hyperherd/results/${i}/hotcb.metrics.jsonl`, curve('loss', 2, i))
    sweep.file(`.hyperherd/results/${i}/hotcb.applied.jsonl`, '')
  }
  const lines = [
    'export --schedule -o ROOT/s.jsonl',
    'export 1 --schedule --json -o ROOT/s.jsonl',
    'export --schedule -o ROOT/no/s.jsonl',
  ]
  expect(await transcript(sweep, lines)).toMatchInlineSnapshot(`
    "
    $ export --schedule -o ROOT/s.jsonl
    trial 0: 0 changes in ROOT/s.jsonl; lineage: trial 0 from step 0
    the training starts with: experiment_name=x-0 x=0
    HYPERHERD_PARAMS={"x":0}
    $ export 1 --schedule --json -o ROOT/s.jsonl
    {"trial":1,"root":1,"overrides":"experiment_name=x-1 x=1","params":{"x":1},"lineage":[{"trial":1,"from_step":0}],"entries":0,"path":"ROOT/s.jsonl","notes":[]}
    $ export --schedule -o ROOT/no/s.jsonl
    ! <red>hotcb:</red> cannot write \`ROOT/no/s.jsonl\`: ENOENT: no such file or directory, open 'ROOT/no/s.jsonl'
    = 1
    "
  `)
})
