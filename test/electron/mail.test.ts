import { describe, expect, it } from 'vitest'
import { createMailOpener } from '../../src-main/electron/mail.ts'
import { mailtoUrl } from '../../src-preload/contract/mailto.ts'

const opener = (platform: NodeJS.Platform, openExternal?: (url: string) => Promise<void>) => {
  const opened: string[] = []
  const open = createMailOpener(
    { openExternal: openExternal ?? (async (url) => void opened.push(url)) },
    platform,
  )
  return { opened, open }
}

describe('S43 what another program is given to open', () => {
  it('is a letter, and nothing else', async () => {
    const { open, opened } = opener('linux')
    const letter = mailtoUrl('Photo', 'https://example.org/a?b=c')
    await open(letter)
    for (const url of [
      'https://example.org',
      'file:///etc/passwd',
      'mailto:a@b.c',
      `${letter}&bcc=a%40b.c`,
      `${letter}&attach=%2Fetc%2Fpasswd`,
      'smb://host/share',
      'ms-settings:',
      '',
    ])
      await expect(open(url)).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
    expect(opened).toEqual([letter])
  })

  it('is never longer than Windows takes', async () => {
    const long = mailtoUrl('Photo', 'x'.repeat(2081))
    await expect(opener('win32').open(long)).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
    const { open, opened } = opener('linux')
    await open(long)
    expect(opened).toEqual([long])
  })

  it('a system without a mail program is told as such', async () => {
    const { open } = opener('linux', () => Promise.reject(new Error('no handler for mailto:?subject=secret')))
    await expect(open(mailtoUrl('a', 'b'))).rejects.toMatchObject({ error: { code: 'not-supported' } })
  })
})
