import { expect, test } from 'vitest'
import { codeOf, runBackend, value } from './running-backend.ts'

test('S43 a letter is opened as the one URL that its texts make, and by hosts that have a mail program only', async () => {
  const opened: string[] = []
  const backend = await runBackend({ openMail: async (url) => void opened.push(url) })
  const without = await runBackend()
  try {
    const letter = { subject: 'Photo\r\nBcc: a@b.c', body: 'See\nhttps://example.org/?a=1&bcc=x' }
    await value(backend.api.composeMail(letter))
    expect(opened).toEqual([
      'mailto:?subject=Photo%20Bcc%3A%20a%40b.c&body=See%0D%0Ahttps%3A%2F%2Fexample.org%2F%3Fa%3D1%26bcc%3Dx',
    ])
    expect(await codeOf(without.api.composeMail(letter))).toBe('not-supported')
    expect([...backend.logged, ...without.logged].join('\n')).not.toContain('example.org')
  } finally {
    await backend.close()
    await without.close()
  }
})
