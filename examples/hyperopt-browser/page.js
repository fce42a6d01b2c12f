import { createStudy, float, tpe } from 'hyperopt-ts'
import { importance } from 'hyperopt-ts/analysis'

const TRIALS = 150
const canvas = document.querySelector('canvas')
const pen = canvas.getContext('2d')
const best = document.querySelector('#best')

/** Branin's function: three valleys of equal depth, 0.398. */
function branin({ x, y }) {
  const valley = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6
  return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
}

/** Runs one search, one trial per frame while the page is visible, all at once otherwise. */
function search(seed) {
  const study = createStudy({ space: { x: float(-5, 10), y: float(0, 15) }, sampler: tpe(), seed })
  drawFunction()
  const step = () => {
    const trial = study.ask()
    study.tell(trial, branin(trial.params))
    drawTrial(trial)
    const [first] = importance(study)
    best.textContent = `Best of ${study.trials.length}: ${study.best.value.toFixed(4)}, at x = ${study.best.params.x.toFixed(3)}, y = ${study.best.params.y.toFixed(3)}. ${first.path} matters most.`
    if (study.trials.length < TRIALS) next(step)
  }
  next(step)
}

const next = new URLSearchParams(location.search).has('fast') ? (run) => run() : requestAnimationFrame
const column = (x) => ((x + 5) / 15) * canvas.width
const row = (y) => (1 - y / 15) * canvas.height

function drawFunction() {
  for (let i = 0; i < canvas.width; i += 4) {
    for (let j = 0; j < canvas.height; j += 4) {
      const value = branin({ x: (i / canvas.width) * 15 - 5, y: (1 - j / canvas.height) * 15 })
      pen.fillStyle = `hsl(210 40% ${Math.min(95, 35 + 10 * Math.log(value))}%)`
      pen.fillRect(i, j, 4, 4)
    }
  }
}

function drawTrial({ number, params }) {
  pen.fillStyle = `hsl(${20 + (40 * number) / TRIALS} 100% 45%)`
  pen.beginPath()
  pen.arc(column(params.x), row(params.y), 4, 0, 2 * Math.PI)
  pen.fill()
}

let seed = 1
document.querySelector('button').addEventListener('click', () => search(++seed))
search(seed)
