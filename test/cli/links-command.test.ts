import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLinkLedger } from '../../src-main/links/ledger.ts'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import type { LinkList, LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { createApiDouble } from './api-double.ts'
import { pailOn } from './pail-process.ts'
import { runForTest } from './run-for-test.ts'

const signingKey = { id: 'k1', hint: 'AKIA…WXYZ', isTemporary: false, endsAt: null }
const record: LinkRecord = {
  id: 'link_1',
  profileId: 'p1',
  service: 'aws',
  bucket: 'bucket',
  key: 'a\u001b.pdf',
  kind: 'presigned',
  note: 'Anna',
  madeAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2999-01-01T00:00:00.000Z',
  signingKey,
  revokedAt: null,
  movedTo: null,
}
const listed = (links: LinkRecord[]): LinkList => ({
  links,
  total: links.length + 2,
  live: 1,
  buckets: ['bucket'],
  signingKeys: [{ key: signingKey, live: 1, lastEndsAt: record.endsAt! }],
})

describe('pail links', () => {
  test('says of each link until when, with which key and whom for; and what dies with a key', async () => {
    const links = [
      record,
      { ...record, endsAt: '2026-01-02T00:00:00.000Z', note: '' },
      { ...record, kind: 'public' as const, endsAt: null, signingKey: null, note: '' },
      { ...record, note: '', revokedAt: '2026-01-01T01:00:00.000Z', movedTo: 'b.pdf' },
    ]
    const double = createApiDouble({ listLinks: () => ok(listed(links)) })
    const ran = await runForTest(['links', 's3://bucket', '--all', '--search', 'pdf'], double, {
      variables: {},
    })
    expect(ran.code).toBe(0)
    expect(ran.out.trimEnd().split('\n')).toEqual([
      'live     2999-01-01T00:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf  for Anna',
      'ended    2026-01-02T00:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf',
      'live     does not end              -          s3://bucket/a\\u{1b}.pdf',
      'revoked  2026-01-01T01:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf  moved to b.pdf',
    ])
    expect(ran.err).toMatch(/2 more are not listed[^]*1 live link was signed with AKIA…WXYZ and dies at once/)
    expect(double.inputs('listLinks')).toEqual([
      { bucket: 'bucket', search: 'pdf', signingKeyId: null, includeEnded: true },
    ])
  })
})

describe('links of the command line', () => {
  let folder: string
  let server: Playground
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-cli-links-'))
    server = await startPlayground({ directory: join(folder, 'server') })
  })
  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('S41 are in the list of the application, which another run reads, without a URL', async () => {
    const pail = pailOn(server, folder)
    await pail(['mb', 's3://cli-links'])
    await writeFile(join(folder, 'a.txt'), 'a')
    expect((await pail(['put', join(folder, 'a.txt'), 's3://cli-links/', '--private'])).code).toBe(0)
    const made = await pail(['link', 's3://cli-links/a.txt', '--for', 'Anna', '--expires', '60'])
    expect((await fetch(made.out.trim())).status).toBe(200)
    const { out } = await pail(['links', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      total: 1,
      live: 1,
      links: [{ bucket: 'cli-links', key: 'a.txt', note: 'Anna', signingKey: { isTemporary: false } }],
    })
    const path = join(folder, 'no-settings', 'links.jsonl')
    const all = { bucket: null, search: '', signingKeyId: null, includeEnded: true }
    expect((await createLinkLedger(path).list(all)).live).toBe(1)
    expect(await readFile(path, 'utf8')).not.toMatch(new RegExp(`X-Amz|https?:|${server.accessKeyId}`))
  })
})
