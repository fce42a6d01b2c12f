import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { attemptIn, BEGIN, curve, transcript, writtenSweep, YAML } from './written.ts'

test('exported trials of stages have their stage and their parent', async () => {
  const sweep = writtenSweep(YAML, [])
  const trials = [
    { i: 0, hash: 'a', params: { x: 0 }, extras: {}, name: 'x-0', stage: 'a' },
    { i: 1, hash: 'b', params: { y: 1 }, extras: { x: 0, z: 2 }, name: 'y-1', stage: 'b', parent: 0 },
  ]
  const events = [
    { type: 'open', host: hostname(), pid: 1, start: null, token: 't', command: 'run', after: [0, 0] },
    { type: 'config', sha256: 's', text: YAML },
    { type: 'plan', trials },
    ...attemptIn(0, 'completed', { code: 0, ended: BEGIN + 9 }),
  ]
  const lines = events.map(({ type, ...rest }, k) =>
    JSON.stringify({ n: 1, k, ts: BEGIN + k, type, by: 'ann@host', ...rest }),
  )
  sweep.file(`.hyperherd/journal/${hostname()}.jsonl`, lines.map((line) => `${line}\n`).join(''))
  sweep.file('.hyperherd/results/0/hotcb.metrics.jsonl', curve('loss', 3, 1, 2))
  expect(
    await transcript(sweep, ['export --format csv', 'export --format json 1', 'ls', 'res', 'res --steps']),
  ).toMatchInlineSnapshot(`
    "
    $ export --format csv
    trial,experiment_name,stage,parent,state,reason,attempt,step,seconds,x,y,z,loss,loss.last,loss.best,loss.best_step
    0,x-0,a,,completed,,1,3,,0,,,,2,1,2
    1,y-1,b,0,ready,,0,,,0,1,2,,,,
    $ export --format json 1
    [
    {"trial":1,"experiment_name":"y-1","stage":"b","parent":0,"state":"ready","reason":null,"attempt":0,"step":null,"seconds":null,"params":{"y":1,"x":0,"z":2},"metrics":{}}
    ]
    $ ls
    Trials: 5
    <dim>[0]</dim>  x-0  completed
        x=0
    <dim>[2]</dim>  x-1  ready
        x=1
    <dim>[3]</dim>  x-2  ready
        x=2
    <dim>[4]</dim>  x-3  ready
        x=3
    <dim>[5]</dim>  x-4  ready
        x=4
    $ res
    trial_id	experiment_name	stage	parent	x	y	z
    0	x-0	a		0		
    1	y-1	b	0	0	1	2
    ! no trial has logged a final value yet; use \`--steps\` to show the values logged at each step
    $ res --steps
    trial_id	step	metric	timestamp	value
    0	1	loss	2026-01-01T12:00:00Z	3
    0	2	loss	2026-01-01T12:00:01Z	1
    0	3	loss	2026-01-01T12:00:02Z	2
    "
  `)
})
