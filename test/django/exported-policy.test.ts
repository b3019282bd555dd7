import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import type { DjangoExport } from '../../src-preload/contract/django.ts'
import { pailCommand, runProgram } from '../cli/pail-process.ts'
import { knowLinkServer } from '../cli/printed-links.ts'
import { hasCeph, sessionFor, startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'
import { installedDjango, newerDjango } from './django-project.ts'
import { exportedText, type ExportWay, exportWays, runExportedSite, styleSheet } from './exported-site.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

/** A user of the gateway who owns nothing: `two`, in test set-ups of Ceph. */
const site = {
  accessKeyId: process.env['PAIL_CEPH_ACCESS_KEY2'] ?? '',
  secretAccessKey: process.env['PAIL_CEPH_SECRET_KEY2'] ?? '',
  arn: `arn:aws:iam:::user/${process.env['PAIL_CEPH_USER2'] || 'two'}`,
}
const hasSite = hasCeph && site.accessKeyId !== '' && site.secretAccessKey !== ''

/** Does with each storage whatever a site does, and says what came of it. */
const script = `
call_command('collectstatic', interactive=False, verbosity=0)
answer = {'static': static('css/site.css'), 'storages': {}}
for alias, storage in by_alias.items():
    name = storage.save('2026/file.txt', ContentFile(alias.encode()))
    # One that goes in parts is enough.
    large = storage.save('2026/large.bin', ContentFile(b'x' * (9 * 1024 * 1024 if alias == 'default' else 9)))
    gone = storage.save('2026/gone.txt', ContentFile(b'gone'))
    before = storage.exists(gone)
    storage.delete(gone)
    answer['storages'][alias] = {
        'url': storage.url(name),
        'read': storage.open(name).read().decode(),
        'size': storage.size(large),
        'modified': storage.get_modified_time(name).year > 2000,
        'listed': sorted(storage.listdir('2026')[1]),
        'exists': [before, storage.exists(gone), storage.exists('never/there.txt')],
    }
json.dump(answer, sys.stdout)
`

function destinationsOf(bucket: string): DestinationInput[] {
  const place = { profileId: 'p', bucket, baseUrl: null, cacheControl: null, linkExpirySeconds: 900 }
  const site = { ...place, kind: 'static', folderId: null, exclude: [] as string[] } as const
  const media = { ...place, kind: 'media', onConflict: 'overwrite' } as const
  return [
    { ...site, name: 'Static', prefix: 'static/', visibility: 'public' },
    { ...media, name: 'Public media', prefix: 'media/public/', visibility: 'public' },
    { ...media, name: 'Private media', prefix: 'media/private/', visibility: 'private' },
  ]
}

describe.skipIf(!hasSite)('the exported IAM policy, as the rights of a user of Ceph', () => {
  let fixture: SyncFixture
  let forgetServer: () => void
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-django-policy-'))
  })
  afterEach(async () => {
    forgetServer()
    await fixture.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** A bucket of somebody else in which the site may do what the policy says: its statements, with whom they are for. */
  async function grant(way: ExportWay): Promise<DjangoExport> {
    fixture = await startSyncFixture({ server: 'ceph' })
    // What the site has put there is its own: the bucket's owner does not read it.
    forgetServer = knowLinkServer({ endpoint: fixture.playground.endpoint, ...site }, null)
    const { bucket, session, playground } = fixture
    const exported = exportDjango({
      bucket,
      service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
      destinations: destinationsOf(bucket),
      ...way,
      module: 'site_files.storage_backends',
      origins: [],
    })
    const statements = (name: Parameters<typeof exportedText>[1]) =>
      (JSON.parse(exportedText(exported, name) ?? '{"Statement": []}') as { Statement: object[] }).Statement
    const Statement = [
      ...statements('iam-policy.json').map((each) => ({ ...each, Principal: { AWS: [site.arn] } })),
      ...statements('bucket-policy.json'),
    ]
    const client = await session.client(bucket)
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
    return exported
  }

  const djangos = [installedDjango, newerDjango].filter((each) => each !== null)
  const runs = djangos.flatMap((django) =>
    exportWays(django.version).map((way) => ({ ...way, django, title: django.name })),
  )
  test.each(runs)('is enough for what $title does: $form with $access', async ({ django, ...way }) => {
    const exported = await grant({ form: way.form, access: way.access })
    const answer = (await runExportedSite({ django, directory, exported, keys: site, script })) as {
      static: string
      storages: Record<string, Record<string, unknown> & { url: string }>
    }
    const sheet = await fetch(answer.static)
    expect([sheet.status, await sheet.text()]).toEqual([200, styleSheet])
    expect(Object.keys(answer.storages).toSorted()).toEqual(['default', 'private_media', 'staticfiles'])
    for (const [alias, { url, ...done }] of Object.entries(answer.storages)) {
      expect([alias, done]).toEqual([
        alias,
        {
          read: alias,
          size: alias === 'default' ? 9 * 1024 * 1024 : 9,
          modified: true,
          listed: ['file.txt', 'large.bin'],
          exists: [true, false, false],
        },
      ])
      const given = await fetch(url)
      expect([alias, given.status, await given.text()]).toEqual([alias, 200, alias])
      const { origin, pathname, search } = new URL(url)
      expect([alias, search === '']).toEqual([alias, alias !== 'private_media'])
      const bare = await fetch(`${origin}${pathname}`)
      await bare.arrayBuffer()
      expect([alias, bare.status]).toEqual([alias, alias === 'private_media' ? 403 : 200])
    }
  })

  test.each(['policy', 'acl'] as const)('grants nothing beside the prefixes (%s)', async (access) => {
    await grant({ form: 'storages', access })
    const { bucket: Bucket, playground } = fixture
    await fixture.put('backups/dump.sql', 'of others')
    await fixture.put('media/other.txt', 'between the prefixes')
    await fixture.put('static/a.txt', 'of the site')
    const session = sessionFor(playground.endpoint, site, 'when-required')
    try {
      const client = await session.client(Bucket)
      const list = (Prefix?: string) => () => client.send(new ListObjectsV2Command({ Bucket, Prefix }))
      const read = (Key: string) => () => client.send(new GetObjectCommand({ Bucket, Key }))
      const write = (Key: string) => () => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
      const remove = (Key: string) => () => client.send(new DeleteObjectCommand({ Bucket, Key }))
      const status = async (send: () => Promise<unknown>) =>
        send().then(
          () => 'done',
          (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode,
        )
      const allowed = {
        'read static/': read('static/a.txt'),
        'write media/public/': write('media/public/b.txt'),
        'remove media/public/': remove('media/public/b.txt'),
        'list static/': list('static/'),
        'list media/private/': list('media/private/'),
        // Without this S3 answers 403 and not 404 to exists() (see leastPrivilegePolicy).
        'list without a prefix': list(),
      }
      for (const [what, send] of Object.entries(allowed))
        expect([what, await status(send)]).toEqual([what, 'done'])
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
      const refused = {
        'read backups/': read('backups/dump.sql'),
        'read media/': read('media/other.txt'),
        'write backups/': write('backups/new.sql'),
        'write staticfiles/': write('staticfiles/x.txt'),
        'overwrite media/': write('media/other.txt'),
        'remove backups/': remove('backups/dump.sql'),
        'list backups/': list('backups/'),
        'list media/': list('media/'),
        'list sta': list('sta'),
        'change the policy': () => client.send(new PutBucketPolicyCommand({ Bucket, Policy })),
        'delete the bucket': () => client.send(new DeleteBucketCommand({ Bucket })),
      }
      for (const [what, send] of Object.entries(refused))
        expect([what, await status(send)]).toEqual([what, 403])
      expect(await fixture.body('backups/dump.sql')).toBe('of others')
      expect(await fixture.body('media/other.txt')).toBe('between the prefixes')
    } finally {
      session.destroy()
    }
  })

  test('is enough for Pail’s own sync, upload, link, check and download there, and for no other place', async () => {
    await grant({ form: 'storages', access: 'policy' })
    const { bucket, playground } = fixture
    await fixture.put('backups/dump.sql', 'of others')
    const [program, file] = pailCommand()
    const pail = (...args: string[]) =>
      runProgram(program, [file, ...args, '--endpoint-url', playground.endpoint, '--path-style', '--json'], {
        directory,
        environment: {
          PAIL_USER_DATA: join(directory, 'user-data'),
          AWS_ACCESS_KEY_ID: site.accessKeyId,
          AWS_SECRET_ACCESS_KEY: site.secretAccessKey,
        },
      })
    await mkdir(join(directory, 'public/css'), { recursive: true })
    await writeFile(join(directory, 'public/css/site.css'), styleSheet)
    await writeFile(join(directory, 'public/old.txt'), 'old')
    await writeFile(join(directory, 'secret.txt'), 'secret')
    const works = async (...args: string[]) => {
      const ended = await pail(...args)
      expect([args, ended.code, ended.err]).toEqual([args, 0, expect.any(String)])
      return JSON.parse(ended.out)
    }
    const at = (key: string) => `s3://${bucket}/${key}`
    await works('sync', 'public', at('static/'))
    await rm(join(directory, 'public/old.txt'))
    await works('sync', 'public', at('static/'), '--delete', '--yes')
    expect(await fixture.keys('static/')).toEqual(['static/css/site.css'])
    await works('put', 'secret.txt', at('media/private/'))
    const { url } = await works('link', at('media/private/secret.txt'))
    const given = await fetch(url)
    expect([given.status, await given.text()]).toEqual([200, 'secret'])
    await works('ls', at('media/private/'))
    await mkdir(join(directory, 'got'))
    await works('get', at('media/private/secret.txt'), 'got')
    // Above the key's own rights: that nobody else can read it.
    expect(await works('check', at('media/private/secret.txt'))).toMatchObject({ visibility: 'private' })

    for (const args of [
      ['sync', 'public', at('backups/')],
      ['put', 'secret.txt', at('backups/')],
      ['ls', at('backups/')],
      ['get', at('backups/dump.sql'), 'got'],
    ]) {
      const ended = await pail(...args)
      expect([args, ended.code === 0]).toEqual([args, false])
      expect(`${ended.out}${ended.err}`).toMatch(/access-denied|not allowed|denied/i)
    }
    expect(await fixture.keys('backups/')).toEqual(['backups/dump.sql'])
  })
})
