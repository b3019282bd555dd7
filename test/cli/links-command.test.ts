import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLinkLedger } from '../../src-main/links/ledger.ts'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import type { LinkList, LinkRecord, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import type { RevocationPlan } from '../../src-preload/contract/revocation.ts'
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

describe('pail links revoke', () => {
  const plan: RevocationPlan = {
    planId: 'plan_1',
    bucket: 'bucket',
    key: 'a.pdf',
    newKey: 'a_Ab3dE5f.pdf',
    sizeBytes: 3,
    links: 1,
    lastEndsAt: '2026-01-02T00:00:00.000Z',
    uploadLinks: 0,
    versioned: 'no',
    visibility: {
      visibility: 'public',
      checkedAt: '2026-01-01T00:00:00.000Z',
      status: 200,
      url: 'https://x/a.pdf',
    },
    consequences: ['Everything ends.'],
  }
  const revoking = (oldLink: LinkTest, visibility: 'public' | 'unknown' = 'unknown') =>
    createApiDouble({
      planRevocation: () => ok(plan),
      applyRevocation: ({ newKey }) =>
        ok({
          bucket: 'bucket',
          key: 'a.pdf',
          newKey,
          revokedAt: '2026-01-01T00:00:00.000Z',
          links: 1,
          oldLink,
          oldUrl: { ...plan.visibility, visibility },
        }),
    })
  const dead: LinkTest = {
    outcome: 'failed',
    status: 404,
    problem: { code: 'no-such-key', message: 'Gone.' },
  }
  const words = ['links', 'revoke', 's3://bucket/a.pdf']

  test('names what ends and asks on the terminal', async () => {
    const no = revoking(dead)
    const unsure = await runForTest(words, no, { typed: 'no' })
    expect(unsure.code).toBe(3)
    expect(unsure.err).toMatch(/moved to a_Ab3dE5f\.pdf[^]*1 live link to it[^]*- Everything ends\./)
    expect(no.inputs('applyRevocation')).toEqual([])
    const yes = revoking(dead)
    const ran = await runForTest(words, yes, { typed: 'yes' })
    expect(ran).toMatchObject({ code: 0, out: 's3://bucket/a_Ab3dE5f.pdf\n' })
    expect(yes.inputs('applyRevocation')).toEqual([{ planId: 'plan_1', newKey: 'a_Ab3dE5f.pdf' }])
  })

  test('does nothing in a dry run', async () => {
    const double = revoking(dead)
    const ran = await runForTest([...words, '--dry-run', '--json'], double)
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out)).toMatchObject({ plan: { newKey: 'a_Ab3dE5f.pdf' }, outcome: null })
    expect(double.inputs('applyRevocation')).toEqual([])
  })

  test('fails when the old link still opens something, or a cache serves the old URL', async () => {
    const works: LinkTest = { outcome: 'works', status: 206, problem: null }
    const alive = await runForTest([...words, '--yes'], revoking(works))
    expect(alive.code).toBe(1)
    expect(alive.err).toContain('still opens something')
    const cached = await runForTest([...words, '--yes'], revoking(dead, 'public'))
    expect(cached.code).toBe(1)
    expect(cached.err).toContain('a cache before the bucket')
  })

  test('needs keys, and listing does not', async () => {
    const double = revoking(dead)
    expect((await runForTest([...words, '--yes'], double, { variables: {} })).code).toBe(2)
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

  test('pail links revoke says what ends, needs a yes, and the link is dead', async () => {
    const pail = pailOn(server, folder)
    const words = ['links', 'revoke', 's3://cli-links/a.txt']
    const url = (await pail(['link', 's3://cli-links/a.txt'])).out.trim()
    const refused = await pail(words)
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('2 live links to it are known on this computer')
    expect(refused.err).toContain('Pages, databases and programs')
    expect((await fetch(url)).status).toBe(200)
    const revoked = await pail([...words, '--new-key', 'b.txt', '--yes'])
    expect(revoked).toMatchObject({ code: 0, out: 's3://cli-links/b.txt\n' })
    expect(revoked.err).toContain('A link to the old key is refused now (404)')
    expect((await fetch(url)).status).toBe(404)
    expect(JSON.parse((await pail(['links', '--all', '--json'])).out)).toMatchObject({
      total: 2,
      live: 0,
      links: [{ movedTo: 'b.txt' }, { movedTo: 'b.txt' }],
    })
  })
})
