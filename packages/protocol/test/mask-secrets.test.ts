import { expect, test } from 'vitest'
import { maskSecrets, withoutLogin } from '../src/index.ts'

test.each<[readonly string[], readonly string[]]>([
  [
    ['--api-key', 'abc'],
    ['--api-key', '***'],
  ],
  [['--api-key=abc'], ['--api-key=***']],
  [
    ['--hf_token', 'abc', '--lr', '0.1'],
    ['--hf_token', '***', '--lr', '0.1'],
  ],
  [['--apiKey=a=b'], ['--apiKey=***']],
  [
    ['-password', 'abc'],
    ['-password', '***'],
  ],
  [
    ['wandb.secret=abc', 'lr=0.1'],
    ['wandb.secret=***', 'lr=0.1'],
  ],
  [
    ['sh', '-c', 'HF_TOKEN=abc python t.py --password "a b" --steps 5'],
    ['sh', '-c', 'HF_TOKEN=*** python t.py --password *** --steps 5'],
  ],
  [
    ['--data', 'https://ada:pw@example.org/x'],
    ['--data', 'https://example.org/x'],
  ],
])('the secrets in %j are masked', (words, masked) => {
  expect(maskSecrets(words)).toEqual(masked)
})

test.each([
  [['--key-metric', 'val_loss']],
  [['--max-tokens', '512', '--tokenizer', 'gpt2']],
  [['--monkey', 'business', 'keyboard=us']],
  [['--token', '--verbose']],
  [['python', 'train.py', 'key', 'token']],
])('%j contains no secret and stays as it is', (words) => {
  expect(maskSecrets(words)).toEqual(words)
})

test('a URL loses user and password, and other text stays as it is', () => {
  expect(withoutLogin('https://ada:pw@example.org/a.git')).toBe('https://example.org/a.git')
  expect(withoutLogin('https://token@example.org/a.git')).toBe('https://example.org/a.git')
  expect(withoutLogin('git@example.org:ada/a.git')).toBe('git@example.org:ada/a.git')
  expect(withoutLogin('https://example.org/a@b')).toBe('https://example.org/a@b')
})
