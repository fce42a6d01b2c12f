// `npm run test:bridge`: tests hotcb_bridge in Python: its tests with a real sidecar, its types, its wheel and, if PyTorch is
// installed, its training runs. The exit code is 77 if there is no Python, as for skipped tests under automake.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// Otherwise machine metrics would be among the metrics that tests compare.
process.env.HOTCB_SYSTEM ??= 'off'
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const PROJECT = resolve('packages/bridge/python')
const MAX_WHEEL_BYTES = 3_000_000
const system = process.env.HOTCB_PYTHON ?? 'python3'
const TRAINING = `
import hotcb_bridge
from hotcb_bridge import HotKernel, loss_actuators
weights = {"ce": 1.0}
with HotKernel("runs/installed", mutable_state=loss_actuators(weights)) as kernel:
    kernel.submit("loss", "set_params", params={"ce": 0.5})
    kernel.apply({"step": 0, "loss": 1.0})
assert weights == {"ce": 0.5}, weights
print(hotcb_bridge.__version__, "works")
`
// The output of the wheel's programs is compared with the expected output.
const PROGRAMS = `
must() { want=$1; shift; said=$("$@" 2>&1) || true; case $said in *"$want"*) ;; *) echo "$* printed: $said"; exit 1 ;; esac; }
must 'ended at step 0' hotcb --dir runs/installed status
must '0.5' hotcb --dir runs/installed log
must 'queued' hotcb --dir runs/installed set ce=0.25 --no-wait
must '1 ' hotcb --dir runs/installed recipe export
hotcb --dir runs/again init
must 'replay' hotcb --dir runs/again freeze --mode replay --recipe runs/installed/hotcb.recipe.jsonl --policy strict
python -c '
from hotcb_bridge import HotKernel, loss_actuators
weights = {"ce": 1.0}
with HotKernel("runs/again", mutable_state=loss_actuators(weights)) as kernel:
    kernel.apply({"step": 0, "loss": 1.0})
assert weights == {"ce": 0.5}, weights'
hotcb replay --verify runs/installed runs/again
must 'step' hotcb --dir runs/again watch --once
hotcb --dir runs/again export metrics --format csv
must 'npx hotcb serve' hotcb serve
must 'not installed' hotcb doctor --python
runtimectl -q queue model.dropout.p 0.2
must '"commands": 1' runtimectl -q queue status
`
const FRAMEWORKS = [
  ['training runs with Lightning', 'lightning_tests', 'lightning'],
  ["training runs with Hugging Face's Trainer", 'hf_tests', 'transformers'],
]
const notRun = []
const failed = []

const version = ask(system, [
  '-c',
  'import sys; assert sys.version_info >= (3, 9); print("%d.%d" % sys.version_info[:2])',
])
if (version === null) {
  console.error(`NOT RUN: \`${system}\` is not Python 3.9 or later: install one, or name it in HOTCB_PYTHON`)
  process.exit(77)
}
run('the programs', process.execPath, ['packages/bridge/scripts/bundle-programs.mjs'])
run(`the tests, on Python ${version}`, system, [
  '-W',
  'error::DeprecationWarning',
  '-m',
  'unittest',
  'discover',
  '-s',
  'tests',
])
for (const other of ['3.9', '3.13'].filter((one) => one !== version)) {
  const python = `python${other}`
  if (ask(python, ['-c', 'print(1)']) === null) notRun.push(`Python ${other}: \`${python}\` is not installed`)
  else run(`the tests, on Python ${other}`, python, ['-m', 'unittest', 'tests/test_kernel.py'])
}
const tools = toolsFor(version)
if (tools !== null) {
  run('types', tools, ['-m', 'mypy'])
  run('lint', tools, ['-m', 'ruff', 'check', '.'])
  run('format', tools, ['-m', 'ruff', 'format', '--check', '.'])
  checkWheel(tools)
}
const others = othersFor(version)
if (others !== null) {
  run('JAX, Keras, NumPy and scikit-learn', others, ['-W', 'ignore', '-m', 'unittest', 'discover', '-s', 'other_tests'])
}
const torch = process.env.HOTCB_TORCH_PYTHON ?? system
if (ask(torch, ['-c', 'import torch; print(torch.__version__)']) === null) {
  notRun.push(
    `training runs with PyTorch: \`${torch}\` does not have it; pip install torch, or name an interpreter in HOTCB_TORCH_PYTHON`,
  )
} else {
  run('training runs with PyTorch', torch, ['-m', 'unittest', 'discover', '-s', 'torch_tests'])
  for (const [title, folder, name] of FRAMEWORKS) {
    if (ask(torch, ['-c', `import ${name}`]) === null)
      notRun.push(`${title}: \`${torch}\` has no ${name}; pip install ${name}`)
    else run(title, torch, ['-W', 'ignore', '-m', 'unittest', 'discover', '-s', folder])
  }
  checkNotebook(torch)
  checkGuide(torch)
}

for (const one of notRun) console.error(`NOT RUN: ${one}`)
for (const one of failed) console.error(`FAILED: ${one}`)
process.exit(failed.length > 0 ? 1 : 0)

function ask(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

function run(title, program, args, options = {}) {
  console.log(`== ${title}`)
  const cwd = program === process.execPath ? undefined : PROJECT
  // One thread for each of PyTorch's pools is enough, because the tests train tiny models.
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: `${PROJECT}/src:${PROJECT}/tests` }
  const { status } = spawnSync(program, args, { stdio: 'inherit', cwd, env, ...options })
  if (status !== 0) failed.push(title)
  return status === 0
}

/** Creates a virtual environment with the tools that check and build the package; null if pip fails. */
function toolsFor(name) {
  return environment(name, 'types, lint and wheel', ['mypy==2.4.1', 'ruff==0.17.6', 'hatchling'])
}

/** Creates a virtual environment with the other frameworks. Their builds on PyPI run on the CPU. */
function othersFor(name) {
  return environment(`${name}-others`, 'JAX, Keras, NumPy and scikit-learn', ['jax', 'optax', 'keras', 'scikit-learn'])
}

function environment(name, purpose, packages) {
  const made = resolve('node_modules/.cache/hotcb-bridge', name)
  const python = join(made, 'bin/python')
  if (existsSync(join(made, 'complete'))) return python
  mkdirSync(made, { recursive: true })
  for (const [program, ...args] of [
    [system, '-m', 'venv', '--clear', made],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
  ]) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
    if (status !== 0) {
      const why = (stderr ?? '').trim().split('\n').at(-1)
      notRun.push(`${purpose}: \`${program} ${args.slice(0, 3).join(' ')}\` failed: ${why}`)
      return null
    }
  }
  writeFileSync(join(made, 'complete'), '')
  return python
}

/** Checks that the wheel is small, and that it works in an environment without other packages. */
function checkWheel(tools) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-wheel-'))
  try {
    if (!run('the wheel', tools, ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', dir])) return
    const wheel = readdirSync(dir).find((name) => name.endsWith('-py3-none-any.whl'))
    const size = wheel === undefined ? Number.POSITIVE_INFINITY : statSync(join(dir, wheel)).size
    console.log(`${wheel}: ${Math.round(size / 1000)} kB`)
    if (size > MAX_WHEEL_BYTES) failed.push(`the wheel must have at most ${MAX_WHEEL_BYTES} bytes, got ${size}`)
    const python = join(dir, 'venv/bin/python')
    if (!run('an empty environment', system, ['-m', 'venv', join(dir, 'venv')])) return
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-index', join(dir, wheel)]
    if (!run('the wheel is installed', python, pip)) return
    const env = { ...process.env, PYTHONPATH: '', PATH: `${join(dir, 'venv/bin')}:${process.env.PATH}` }
    run('the installed package', python, ['-c', TRAINING], { cwd: dir, env })
    run('the installed programs', 'sh', ['-e', '-c', PROGRAMS], { cwd: dir, env })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Runs each cell of the notebook. */
function checkNotebook(python) {
  if (ask(python, ['-c', 'import ipykernel, nbclient']) === null) {
    notRun.push(`the notebook: \`${python}\` has no nbclient; pip install nbclient ipykernel`)
    return
  }
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-notebook-'))
  try {
    const execute = `
import nbclient, nbformat, sys
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
`
    const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: `${PROJECT}/src` }
    run('the notebook', python, ['-c', execute, resolve('examples/pytorch-notebook/steer.ipynb')], { cwd: dir, env })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * Follows the Python guides of the installed frameworks in a new environment, in a copy of a clone: installation, programs and
 * commands.
 */
function checkGuide(python) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-python-guide-'))
  try {
    const guides = ['docs/python.md', 'docs/data-controls.md']
    if (FRAMEWORKS.every(([, , name]) => ask(python, ['-c', `import ${name}`]) !== null)) {
      guides.push('docs/lightning-and-hugging-face.md')
    }
    const guide = guides.map((path) => readFileSync(path, 'utf8')).join('\n')
    // The first line of each program is its file name. Other Python blocks have none.
    for (const [, text = ''] of guide.matchAll(/^```python\n([\s\S]*?)^```$/gm)) {
      const name = /^# (\w+\.py)\n/.exec(text)?.[1]
      if (name === undefined) failed.push(`a program of the guide has no name: ${text.split('\n')[0]}`)
      else writeFileSync(join(dir, name), text)
    }
    const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
    writeFileSync(join(dir, 'guide.sh'), blocks.map((text) => `echo '--'\n${text}`).join(''))
    cpSync(PROJECT, join(dir, 'packages/bridge/python'), { recursive: true, filter: (path) => !path.includes('.venv') })
    mkdirSync(join(dir, 'packages/bridge/scripts'), { recursive: true })
    const bundle = `import { spawnSync } from 'node:child_process'
const { status } = spawnSync(process.execPath, [${JSON.stringify(resolve('packages/bridge/scripts/bundle-programs.mjs'))}, 'packages/bridge/python/src/hotcb_bridge'], { stdio: 'inherit' })
process.exit(status ?? 1)
`
    writeFileSync(join(dir, 'packages/bridge/scripts/bundle-programs.mjs'), bundle)
    if (!run('an environment for the guide', python, ['-m', 'venv', '--without-pip', join(dir, 'venv')])) return
    shareTorch(python, join(dir, 'venv'))
    // The home directory is empty, like that of a new user, but `pip` keeps its downloads.
    const env = {
      ...process.env,
      OMP_NUM_THREADS: '1',
      PYTHONPATH: '',
      HOME: dir,
      PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(homedir(), '.cache/pip'),
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_QUIET: '1',
      HOTCB_PYTHON: '',
      PATH: `${join(dir, 'venv/bin')}:${process.env.PATH}`,
    }
    run('the guide', 'sh', ['-e', 'guide.sh'], { cwd: dir, env })
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Makes the packages of an interpreter, including PyTorch and pip, importable in a virtual environment. */
function shareTorch(python, venv) {
  const paths = ask(python, [
    '-c',
    'import site, sys; print("\\n".join(p for p in sys.path if p.endswith("-packages")))',
  ])
  const [lib = ''] = readdirSync(join(venv, 'lib'))
  writeFileSync(join(venv, 'lib', lib, 'site-packages/shared.pth'), `${paths}\n`)
}
