import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLinkLedger } from '../../src-main/links/ledger.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-ledger-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const link = {
  profileId: 'p1',
  bucket: 'sibtc-assets',
  key: 'media/private/a b.pdf',
  kind: 'presigned' as const,
  endsAt: '2026-01-02T00:00:00.000Z',
}

describe('the ledger of links', () => {
  test('S41 remembers what was given out, newest first, and never a URL or signature', async () => {
    const path = join(folder, 'links.jsonl')
    const ledger = createLinkLedger(path)
    const leaky = { ...link, url: 'https://s3.test/x?X-Amz-Signature=abc' }
    await Promise.all([
      ledger.add(leaky),
      ledger.add({ ...link, key: 'second' }),
      ledger.add({ ...link, key: 'third' }),
    ])
    expect((await createLinkLedger(path).list()).map((each) => each.key)).toEqual([
      'third',
      'second',
      link.key,
    ])
    expect(await readFile(path, 'utf8')).not.toMatch(/X-Amz|https?:/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('a torn last line loses nothing else, before or after', async () => {
    const path = join(folder, 'links.jsonl')
    await createLinkLedger(path).add(link)
    await appendFile(path, '{"id":"link_torn","prof')
    const ledger = createLinkLedger(path)
    expect(await ledger.list()).toHaveLength(1)
    await ledger.add({ ...link, key: 'after' })
    expect((await ledger.list()).map((each) => each.key)).toEqual(['after', link.key])
  })

  test('is empty before the first link', async () => {
    expect(await createLinkLedger(join(folder, 'none')).list()).toEqual([])
  })
})
