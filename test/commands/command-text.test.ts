import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCommandText, withoutControls } from '../../src-main/commands/command-text.ts'
import { createRedactor } from '../../src-main/logging/redact.ts'

const plain = (text: string) => text

/** All that is told of bytes which arrive in these pieces. */
function told(pieces: readonly (string | Buffer)[], redact = plain): string {
  const text = createCommandText(redact)
  return (
    pieces.map((piece) => text.push(typeof piece === 'string' ? Buffer.from(piece) : piece)).join('') +
    text.release(true)
  )
}

describe('the text of a command', () => {
  test.each([
    ['colours', '\u001b[1;32m✓ built\u001b[0m in 1 s\n', '✓ built in 1 s\n'],
    [
      'a title and a link',
      '\u001b]0;npm run build\u0007\u001b]8;;https://x.test\u001b\\here\u001b]8;;\u001b\\\n',
      'here\n',
    ],
    ['the cursor', 'a\u001b[2K\u001b[1A\u001b(Bb\u001b=c\u001b7\n', 'abc\n'],
    ['eight-bit controls', 'a\u009b31mb\u009d0;title\u009cc\n', 'abc\n'],
    ['bells, backspaces and NULs', 'a\u0007b\u0008c\u0000d\n', 'abcd\n'],
    ['an unfinished title takes its own line and no other', '\u001b]0;half\nnext\n', '\nnext\n'],
    ['tabs stay', 'a\tb\n', 'a\tb\n'],
    ['what reorders a line', 'ls \u202egnp.exe\u202c\n', 'ls gnp.exe\n'],
    ['Windows line ends', 'a\r\nb\r\r\nc', 'a\nb\nc'],
    ['a progress bar is told as it was last', '10 %\r50 %\r100 %\ndone\n', '100 %\ndone\n'],
  ])('%s', (_, input, output) => expect(told([input])).toBe(output))

  test('an escape is gone however it was cut', () => {
    const bytes = Buffer.from('é\u001b[1;32m✓ fertig\u001b[0m\r\n😀 50 %\r100 %\n')
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(told(pieces)).toBe('é✓ fertig\n100 %\n')
      }),
    )
  })

  test('a line is told when it is complete, or when it is asked for', () => {
    const text = createCommandText(plain)
    expect(text.push(Buffer.from('one\ntw'))).toBe('one\n')
    expect(text.isWaiting).toBe(true)
    expect(text.release(false)).toBe('tw')
    expect(text.isWaiting).toBe(false)
    expect(text.push(Buffer.from('o\n'))).toBe('o\n')
  })

  test('S25 a secret that arrives in two pieces is removed', () => {
    const redactor = createRedactor('/home/ann')
    redactor.addKnownSecret('wJalrXUtnFEMI')
    expect(told(['key is wJalr', 'XUtnFEMI in /home/ann/site\n'], redactor.redact)).toBe(
      'key is [removed] in ~/site\n',
    )
  })

  test('a line without an end is cut at a space and kept in bounds', () => {
    const text = createCommandText(plain)
    const first = text.push(Buffer.from(`${'word '.repeat(2000)}half`))
    expect(first).toBe('word '.repeat(2000))
    expect(text.push(Buffer.from('x'.repeat(9000)))).toBe(`half${'x'.repeat(9000)}`)
  })

  test('a long line without a control takes no long time', () => {
    const started = performance.now()
    expect(withoutControls('x'.repeat(2_000_000))).toHaveLength(2_000_000)
    expect(told([`${'y'.repeat(500_000)}\n`])).toHaveLength(500_001)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
