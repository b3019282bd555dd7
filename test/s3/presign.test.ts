import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attachmentDisposition, presignGetObject } from '../../src-main/s3/presign.ts'
import { testKeys, testSession } from './scripted-server.ts'

function session(more: { expiration?: Date; sessionToken?: string } = {}) {
  const made = testSession('https://s3.example.org', {
    credentials: () => Promise.resolve({ ...testKeys, ...more }),
  })
  made.rememberRegion('b', 'us-east-1')
  return made
}

const where = { bucket: 'b', key: 'k' }
const expiresOf = (url: string) => Number(new URL(url).searchParams.get('X-Amz-Expires'))

describe('S41 the life of a link', () => {
  it('is what was asked, up to seven days', async () => {
    const short = await presignGetObject(session(), { ...where, expiresInSeconds: 300 })
    expect([expiresOf(short.url), short.limitedBy]).toEqual([300, null])
    expect(Math.abs(short.expiresAt.getTime() - Date.now() - 300_000)).toBeLessThan(3000)
    const week = await presignGetObject(session(), { ...where, expiresInSeconds: 604_800 })
    expect([expiresOf(week.url), week.limitedBy]).toEqual([604_800, null])
    const year = await presignGetObject(session(), { ...where, expiresInSeconds: 31_536_000 })
    expect([expiresOf(year.url), year.limitedBy]).toEqual([604_800, 'seven-days'])
  })

  it('ends with the credentials that sign it', async () => {
    const expiration = new Date(Date.now() + 600_500)
    const link = await presignGetObject(session({ expiration, sessionToken: 't' }), {
      ...where,
      expiresInSeconds: 86_400,
    })
    expect(link.limitedBy).toBe('credentials')
    expect(link.expiresAt.getTime()).toBeLessThanOrEqual(expiration.getTime())
    expect(expiration.getTime() - link.expiresAt.getTime()).toBeLessThan(2000)
    expect(link.url).toContain('X-Amz-Security-Token=t')
  })

  it('F19 does not begin when they have ended', async () => {
    const expiration = new Date(Date.now() - 1000)
    await expect(
      presignGetObject(session({ expiration, sessionToken: 't' }), { ...where, expiresInSeconds: 60 }),
    ).rejects.toMatchObject({ error: { code: 'expired-token' } })
  })
})

it('a link pins no checksum and signs nothing but the host', async () => {
  const made = testSession('https://s3.example.org', { checksums: 'when-supported' })
  made.rememberRegion('b', 'us-east-1')
  const { url } = await presignGetObject(made, { ...where, expiresInSeconds: 60 })
  const parameters = new URL(url).searchParams
  expect(parameters.get('X-Amz-SignedHeaders')).toBe('host')
  expect([...parameters.keys()].filter((name) => /checksum/i.test(name))).toEqual([])
  expect(url.startsWith('https://s3.example.org/b/k?')).toBe(true)
})

describe('attachmentDisposition', () => {
  it.each([
    ['report.pdf', `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`],
    ['Übersicht 2.pdf', `attachment; filename="Ubersicht 2.pdf"; filename*=UTF-8''%C3%9Cbersicht%202.pdf`],
    ['a"b\\c/d%e.txt', `attachment; filename="a_b_c_d_e.txt"; filename*=UTF-8''a%22b_c_d%25e.txt`],
    ["it's (1).txt", `attachment; filename="it's (1).txt"; filename*=UTF-8''it%27s%20%281%29.txt`],
    ['日本語', `attachment; filename="___"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E`],
  ])('%s', (name, value) => {
    expect(attachmentDisposition(name)).toBe(value)
  })

  it('is ASCII in one line whatever the name, and gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const value = attachmentDisposition(name)
        expect(value).toMatch(/^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%!~._-]*$/)
        expect(/filename="([^"]*)"; /.test(value)).toBe(true)
        const given = decodeURIComponent(value.slice(value.lastIndexOf("''") + 2))
        expect(given).toBe(name.replace(/[\p{Cc}/\\]/gu, '_'))
      }),
    )
  })
})
