// `node scripts/launch-pictures.mjs` (after `pnpm build`): draws the pictures of docs/launch.md from real training runs.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from '../apps/cli/dist/api.js'

const PICTURES = [
  {
    config: 'multitask',
    maxSteps: 800,
    metric: 'val_accuracy',
    change: { step: 100, module: 'loss', params: { reconstruction: 1 }, words: 'reconstruction_w=1 at step 100' },
    title: 'multitask, seed 1: fraction of digits recognized',
  },
  {
    config: 'finetune',
    maxSteps: 600,
    metric: 'val_accuracy/old',
    change: { step: 260, module: 'data', params: { 'data.old_share': 0.25 }, words: 'data.old_share=0.25 at step 260' },
    title: 'finetune, seed 1: fraction of the digits 0 to 4 recognized',
  },
]
const OUT = 'docs/pictures'
const [LEFT, TOP, WIDTH, HEIGHT] = [56, 44, 520, 220]
const COLORS = { untouched: '#d55e00', changed: '#0072b2' }

/** Trains once, and returns the step and the value of each evaluation. */
async function train({ config, maxSteps, metric, change }, isChanged) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-pictures-'))
  if (isChanged) {
    const { step, module, params } = change
    const command = { module, op: 'set_params', id: 'main', params, at: { step } }
    appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(command)}\n`)
  }
  try {
    const run = await launch({ config, seed: 1, maxSteps, stepDelaySeconds: 0, serve: false, runDir: dir })
    const { exitCode, output } = await run.wait()
    if (exitCode !== 0) throw new Error(output)
    const ledger = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
    if (isChanged && !ledger.includes('"op":"set_params"')) throw new Error('the change was not applied')
    return run.history(metric, maxSteps).map(({ step, value }) => [step + 1, value])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function draw({ maxSteps, change, title }, lines) {
  const x = (step) => (LEFT + (WIDTH * step) / maxSteps).toFixed(1)
  const y = (value) => (TOP + HEIGHT * (1 - value)).toFixed(1)
  const text = (at, to, words, anchor = 'middle', fill = '#444') =>
    `<text x="${at}" y="${to}" text-anchor="${anchor}" fill="${fill}">${words}</text>`
  const steps = [0, 1, 2, 3, 4].map((part) => (maxSteps * part) / 4)
  const parts = [
    text(LEFT, 20, title, 'start', '#111'),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
      `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      text(LEFT - 8, Number(y(value)) + 4, String(value), 'end'),
    ]),
    ...steps.map((step) => text(x(step), TOP + HEIGHT + 18, String(step))),
    text(LEFT + WIDTH / 2, TOP + HEIGHT + 38, 'steps'),
    `<line x1="${x(change.step)}" x2="${x(change.step)}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="#888" stroke-dasharray="4 4"/>`,
    ...Object.entries(lines).map(([name, points]) => {
      const path = points.map(([step, value], at) => `${at === 0 ? 'M' : 'L'}${x(step)} ${y(value)}`).join('')
      return `<path d="${path}" fill="none" stroke="${COLORS[name]}" stroke-width="2"/>`
    }),
    ...Object.keys(lines).map((name, at) => {
      const words = name === 'untouched' ? 'untouched' : change.words
      const left = LEFT + 10 + at * 130
      return `<rect x="${left}" y="${TOP + HEIGHT + 50}" width="14" height="4" fill="${COLORS[name]}"/>${text(left + 20, TOP + HEIGHT + 56, words, 'start')}`
    }),
  ]
  const [width, height] = [LEFT + WIDTH + 24, TOP + HEIGHT + 68]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`
}

mkdirSync(OUT, { recursive: true })
for (const picture of PICTURES) {
  const lines = { untouched: await train(picture, false), changed: await train(picture, true) }
  writeFileSync(join(OUT, `${picture.config}.svg`), draw(picture, lines))
  for (const [name, points] of Object.entries(lines)) console.log(picture.config, name, points.at(-1))
}
