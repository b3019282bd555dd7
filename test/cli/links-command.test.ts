import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLinkLedger } from '../../src-main/links/ledger.ts'
import { playgroundServer, type StartedServer } from './servers.ts'
import type { LinkList, LinkRecord, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import type { RevocationPlan } from '../../src-preload/contract/revocation.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { createApiDouble } from './api-double.ts'
import { pailOn } from './pail-process.ts'
import { runForTest } from './run-for-test.ts'

vi.setConfig({ testTimeout: 120_000 })

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
  size: null,
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
    const double = createApiDouble({ listLinks: () => ok(listed(links)), listLeftCopies: () => ok([]) })
    const ran = await runForTest(['links', 's3://bucket', '--all', '--search', 'pdf'], double, {
      variables: {},
    })
    expect(ran.code).toBe(0)
    expect(ran.out.trimEnd().split('\n')).toEqual([
      'live     2999-01-01T00:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf  for Anna',
      'live     does not end              -          s3://bucket/a\\u{1b}.pdf',
      'ended    2026-01-02T00:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf',
      'revoked  2026-01-01T01:00:00.000Z  AKIA…WXYZ  s3://bucket/a\\u{1b}.pdf  moved to b.pdf',
    ])
    // The heading goes with the words; without --all there is one list.
    expect(ran.err).toMatch(/^Live \(2\)\nEnded or revoked \(2\)\n/)
    expect((await runForTest(['links'], double)).err).not.toContain('Live')
    expect(ran.err).toMatch(/2 more are not listed[^]*1 live link was signed with AKIA…WXYZ and dies at once/)
    expect(double.inputs('listLinks')[0]).toEqual({
      bucket: 'bucket',
      search: 'pdf',
      signingKeyId: null,
      includeEnded: true,
    })
  })

  test('names a copy that a move may have left, and removes it', async () => {
    const left = {
      id: 'move_1',
      at: '2026-01-01T00:00:00.000Z',
      profileId: 'p1',
      bucket: 'bucket',
      key: 'a.pdf',
      newKey: 'a_x\u001b.pdf',
    }
    const double = createApiDouble({
      listLinks: () => ok(listed([record])),
      listLeftCopies: () => ok([left]),
      removeLeftCopy: () => ok({ outcome: 'removed' }),
    })
    expect((await runForTest(['links'], double)).err).toContain(
      'may have left a copy: pail links remove-copy s3://bucket/a_x\\u{1b}.pdf',
    )
    expect((await runForTest(['links', 's3://other'], double)).err).not.toContain('left a copy')
    const removed = await runForTest(['links', 'remove-copy', 's3://bucket/a_x\u001b.pdf'], double)
    expect(removed).toMatchObject({ code: 0 })
    expect(removed.err).toContain('The object is at s3://bucket/a.pdf')
    expect(double.inputs('removeLeftCopy')).toEqual([{ id: 'move_1', profileId: 'environment' }])
    const unknown = await runForTest(['links', 'remove-copy', 's3://bucket/a.pdf'], double)
    expect(unknown.code).toBe(1)
    expect(unknown.err).toContain('not-found')
  })

  test('names what has come to an upload request and is larger than was asked for', async () => {
    const size = { kind: 'at-most' as const, bytes: 20_000_000 }
    const asked = { ...record, kind: 'upload' as const, note: '', size }
    const arrival = { linkId: record.id, sizeBytes: 35_000_000, isOtherSize: true }
    const double = createApiDouble({
      listLinks: () => ok(listed([asked])),
      listLeftCopies: () => ok([]),
      listArrivals: () => ok([arrival]),
    })
    const ran = await runForTest(['links', '--json'], double)
    expect(ran.err).toContain(
      's3://bucket/a\\u{1b}.pdf has come with 35 MB, where at most 20 MB was asked for.',
    )
    expect(JSON.parse(ran.out)).toMatchObject({ arrivals: [arrival] })
    expect((await runForTest(['links'], double)).out).toContain('a\\u{1b}.pdf  at most 20 MB')
    const fits = createApiDouble({
      listLinks: () => ok(listed([asked])),
      listLeftCopies: () => ok([]),
      listArrivals: () => ok([{ ...arrival, sizeBytes: 1, isOtherSize: false }]),
    })
    expect((await runForTest(['links'], fits)).err).not.toContain('has come')
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
      checkVisibility: ({ key }) =>
        ok({ ...plan.visibility, visibility: key === 'a_Ab3dE5f.pdf' ? 'private' : 'public' }),
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
    expect(ran.err).toContain('Nobody reads it at its new key')
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
    const open = await runForTest([...words, '--new-key', 'b.pdf', '--yes', '--json'], revoking(dead))
    expect(open.err).toContain('Everybody can read it at its new key')
    expect(JSON.parse(open.out)).toMatchObject({ visibility: 'public' })
  })

  test('needs keys, and listing does not', async () => {
    const double = revoking(dead)
    expect((await runForTest([...words, '--yes'], double, { variables: {} })).code).toBe(2)
  })
})

describe('links of the command line', () => {
  let folder: string
  let server: StartedServer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-cli-links-'))
    server = await playgroundServer()
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
    const made = await pail(['link', 's3://cli-links/a.txt', '--for', 'Anna', '--expires', '600'])
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

  test('S41 of what commands made and remember, no file has a signature', async () => {
    const pail = pailOn(server, folder)
    await pail(['mb', 's3://cli-signed', '--access', 'per-object'])
    for (const name of ['signed.txt', 'open.txt']) await writeFile(join(folder, name), name)
    const place = 's3://cli-signed/'
    expect((await pail(['put', join(folder, 'signed.txt'), place, '--private'])).code).toBe(0)
    const link = (await pail(['link', `${place}signed.txt`, '--for', 'Anna'])).out.trim()
    const asked = (await pail(['request-upload', `${place}asked.txt`, '--max-size', '1MB'])).out.trim()
    const open = await pail(['put', join(folder, 'open.txt'), place, '--public', '--json'])
    expect([open.code, JSON.parse(open.out)]).toMatchObject([0, { uploaded: 1, publicCanRead: 'yes' }])
    const revoke = ['links', 'revoke', `${place}signed.txt`, '--new-key', 'moved.txt', '--yes']
    expect((await pail(revoke)).code).toBe(0)
    const signatures = [link, asked].map((url) => new URL(url).searchParams.get('X-Amz-Signature'))
    expect(signatures).toEqual([
      expect.stringMatching(/^[\da-f]{64}$/),
      expect.stringMatching(/^[\da-f]{64}$/),
    ])

    const read: string[] = []
    const userData = join(folder, 'no-settings')
    for (const entry of await readdir(userData, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = relative(userData, join(entry.parentPath, entry.name))
      const text = await readFile(join(userData, path), 'latin1')
      for (const signature of signatures) expect([path, text.includes(signature!)]).toEqual([path, false])
      read.push(path)
      expect([path, /X-Amz-(Signature|Credential)/i.test(text)]).toEqual([path, false])
      expect([path, text.includes(server.secretAccessKey)]).toEqual([path, false])
    }
    // What was made is in there.
    expect(read).toContain('links.jsonl')
    const ledger = await readFile(join(userData, 'links.jsonl'), 'utf8')
    for (const key of ['signed.txt', 'asked.txt', 'moved.txt']) expect(ledger).toContain(key)
  })
})
