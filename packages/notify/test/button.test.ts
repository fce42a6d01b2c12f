import { expect, test } from 'vitest'
import { buttonText, readButton } from '../src/index.ts'

test('a button is valid for one run, one proposal, one answer and one chat', () => {
  const authenticate = (text: string): string => Buffer.from(text).toString('base64url').slice(-10)
  const press = { run: '0123abcd', action: 'a12-345', verdict: 'reject' } as const
  const text = buttonText(press, '77', authenticate)
  expect(text).toMatch(/^hc1:0123abcd:a12-345:r:.{10}$/)
  expect(text.length).toBeLessThanOrEqual(64)
  expect(readButton(text, '77', authenticate)).toEqual(press)
  expect(readButton(text, '78', authenticate)).toBeUndefined()
  expect(readButton(`${text}x`, '77', authenticate)).toBeUndefined()
})
