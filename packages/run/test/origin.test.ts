import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readOrigin } from '../src/node.ts'

function folder(): { readonly cwd: string; git(...args: readonly string[]): string } {
  const cwd = mkdtempSync(join(tmpdir(), 'hotcb-origin-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main']
  return { cwd, git: (...args) => execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' }).trim() }
}

const env = { PATH: process.env['PATH'], HOME: '/nowhere' }

test('the origin contains the commit, the branch, the changes, and the remote without its password', () => {
  const { cwd, git } = folder()
  git('init')
  expect(readOrigin({ command: ['train'], cwd, env }).git).toBeNull()
  writeFileSync(join(cwd, 'train.py'), 'print(1)')
  git('add', '.')
  git('commit', '-m', 'first')
  const commit = git('rev-parse', 'HEAD')
  expect(readOrigin({ command: ['train'], cwd, env }).git).toEqual({
    commit,
    branch: 'main',
    is_dirty: false,
    remote: null,
  })
  git('remote', 'add', 'origin', 'https://ada:pw@example.org/digits.git')
  writeFileSync(join(cwd, 'train.py'), 'print(2)')
  git('checkout', '--detach')
  expect(readOrigin({ command: ['train'], cwd, env }).git).toEqual({
    commit,
    branch: null,
    is_dirty: true,
    remote: 'https://example.org/digits.git',
  })
})

test('outside a repository, and without git, the rest is still known; only listed variables are kept', () => {
  const { cwd } = folder()
  const some = { ...env, CUDA_VISIBLE_DEVICES: '0,1', SLURM_JOB_ID: '7', OPENAI_API_KEY: 'abc' }
  const origin = readOrigin({ command: ['python', 'train.py', '--api-key', 'abc'], cwd, env: some })
  expect(origin).toEqual({
    command: ['python', 'train.py', '--api-key', '***'],
    cwd,
    host: hostname(),
    git: null,
    env: { CUDA_VISIBLE_DEVICES: '0,1', SLURM_JOB_ID: '7' },
  })
  expect(readOrigin({ command: ['train'], cwd, env: { PATH: '/nowhere' } }).git).toBeNull()
})
