import { expect, test } from 'vitest'
import { createOutputKeeper } from '../../src-main/commands/kept-output.ts'

test('all of a short output is kept, and the next piece begins where the last one ended', () => {
  const output = createOutputKeeper(100)
  output.add('one ')
  expect(output.next(50)).toEqual({ position: 0, text: 'one ' })
  output.add('two')
  output.add(' three')
  expect(output.next(50)).toEqual({ position: 4, text: 'two three' })
  expect(output.next(50)).toEqual({ position: 13, text: '' })
  expect(output.all()).toEqual({ position: 0, text: 'one two three' })
})

test('of a long output the end is kept, and the position says how much is not', () => {
  const output = createOutputKeeper(100)
  for (let n = 0; n < 1000; n++) output.add(`${String(n).padStart(9, '0')}\n`)
  const { position, text } = output.all()
  expect(position).toBe(9900)
  expect(text).toBe([...Array(10).keys()].map((n) => `${String(990 + n).padStart(9, '0')}\n`).join(''))
})

test('what comes faster than it is told is passed over in the middle', () => {
  const output = createOutputKeeper(1000)
  output.add('a'.repeat(10))
  output.next(20)
  output.add('b'.repeat(100))
  expect(output.next(20)).toEqual({ position: 90, text: 'b'.repeat(20) })
})
