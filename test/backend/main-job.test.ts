import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreatedLink } from '../../src-preload/contract/presigned-url.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { linkInput } from '../links/link-input.ts'
import { usualOptions } from '../sync/sync-fixture.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

const ceph = {
  endpoint: process.env['PAIL_CEPH_ENDPOINT'],
  accessKeyId: process.env['PAIL_CEPH_ACCESS_KEY'] ?? '',
  secretAccessKey: process.env['PAIL_CEPH_SECRET_KEY'] ?? '',
}

const everyLink = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

describe.each([
  { name: 'the playground', ceph: false },
  { name: 'Ceph RADOS Gateway', ceph: true },
])('the whole job without a window, on $name', (target) => {
  const run = target.ceph ? test.skipIf(ceph.endpoint === undefined) : test
  const bucket = `pail-job-${process.pid}-${target.ceph ? 'c' : 'p'}`
  let backend: RunningBackend
  let profileId = ''
  /** A link of one second. */
  let brief: CreatedLink
  // The keychain of this test is memory, and says so.
  const state = target.ceph ? 'session' : 'ready'

  beforeAll(async () => {
    backend = await runBackend()
  })
  afterAll(() => backend.close())

  const select = async (...files: [name: string, content: string | Buffer][]) => {
    const folder = join(backend.folder, 'drop', createHash('md5').update(JSON.stringify(files)).digest('hex'))
    await mkdir(folder, { recursive: true })
    for (const [name, content] of files) await writeFile(join(folder, name), content)
    return value(backend.api.registerDrop({ sources: files.map(([name]) => ({ path: join(folder, name) })) }))
  }
  const upload = async (
    selectionId: string,
    more: Partial<Parameters<RunningBackend['api']['startUpload']>[0]> = {},
  ) => {
    await value(
      backend.api.startUpload({
        profileId,
        bucket,
        prefix: 'media/',
        selectionId,
        visibility: 'private',
        onConflict: 'fail',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        ...more,
      }),
    )
    return backend.uploadReport()
  }
  const keys = async (prefix: string) =>
    (
      await value(
        backend.api.listObjects({ profileId, bucket, prefix, recursive: true, continuationToken: null }),
      )
    ).objects.map((object) => object.key)

  run('a profile that works', async () => {
    if (!target.ceph) {
      profileId = (await value(backend.api.startPlayground({}))).profile.id
    } else {
      const { endpoint = '', ...keys } = ceph
      profileId = await saveProfile(
        backend.api,
        { endpoint, ...keys },
        { name: 'Ceph', provider: 'ceph' },
        false,
      )
    }
    const report = await value(backend.api.testConnection({ profileId }))
    expect(report.usable).toBe(true)
    expect(report.checks.map((check) => check.outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect((await value(backend.api.listProfiles({})))[0]?.credentialState).toBe(state)
  })

  run('a bucket, created and listed', async () => {
    await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
    const list = await value(backend.api.listBuckets({ profileId }))
    expect(list.listed).toBe(true)
    expect(list.buckets.map((each) => each.name)).toContain(bucket)
    expect(
      await codeOf(
        backend.api.createBucket({ profileId, bucket: 'No', region: 'us-east-1', access: 'private' }),
      ),
    ).toBe('invalid-bucket-name')
    expect(
      await codeOf(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' })),
    ).toBe('bucket-owned-by-you')
  })

  run('a public upload: its URL is on the clipboard and anybody can fetch it', async () => {
    const { selectionId } = await select(['team photo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'])
    const report = await upload(selectionId, { visibility: 'public', cacheControl: 'max-age=60' })
    expect(report).toMatchObject({ uploaded: 1, failed: 0, link: { kind: 'public', count: 1, endsAt: null } })
    const answer = await fetch(backend.copied.at(-1)!)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('max-age=60')
    expect(await answer.text()).toBe('<svg xmlns="http://www.w3.org/2000/svg"/>')
  })

  run('a private upload: an expiring link, and 403 without its signature', async () => {
    const { selectionId } = await select(['prices + more #1.txt', 'secret prices'])
    const report = await upload(selectionId)
    expect(report.link).toMatchObject({ kind: 'presigned', count: 1 })
    expect(Date.parse(report.link!.endsAt!) - Date.now()).toBeGreaterThan(3_500_000)
    const link = backend.copied.at(-1)!
    expect(await (await fetch(link)).text()).toBe('secret prices')
    expect((await fetch(link.split('?')[0]!)).status).toBe(403)
    const details = await value(
      backend.api.getObjectDetails({ profileId, bucket, key: 'media/prices + more #1.txt' }),
    )
    expect(details).toMatchObject({ acl: 'private', visibility: { visibility: 'private', status: 403 } })
    const { links, live } = await value(backend.api.listLinks(everyLink))
    expect([links.length, live]).toEqual([2, 2])
    expect(links[0]).toMatchObject({ key: 'media/prices + more #1.txt', signingKey: { isTemporary: false } })
  })

  run('a link that was handed out is of no use once it is changed, or has ended', async () => {
    const key = 'media/prices + more #1.txt'
    const made = await value(
      backend.api.createLink(
        linkInput({ profileId, bucket, key }, { expiresInSeconds: 60, copy: true, selfTest: true }),
      ),
    )
    expect(made.test).toEqual({ outcome: 'works', status: 206, problem: null })
    expect(backend.copied.at(-1)).toBe(made.url)
    for (const [part, other] of [
      ['X-Amz-Expires=60', 'X-Amz-Expires=600'],
      ['prices%20', 'team%20photo'],
      [/X-Amz-Signature=./, 'X-Amz-Signature=g'],
    ] as const)
      expect((await fetch(made.url.replace(part, other))).status).toBe(403)

    brief = await value(
      backend.api.createLink(linkInput({ profileId, bucket, key }, { expiresInSeconds: 1 })),
    )
    expect(await (await fetch(brief.url)).text()).toBe('secret prices')

    // Nothing is handed out that does not work, unless it is wanted all the same.
    const dead = linkInput({ profileId, bucket, key: 'media/not there.txt' }, { copy: true })
    expect(await value(backend.api.createLink({ ...dead, selfTest: true }))).toMatchObject({
      test: { outcome: 'failed', status: 404, problem: { code: 'no-such-key' } },
      recordId: null,
    })
    expect(backend.copied.at(-1)).toBe(made.url)
    await value(backend.api.createLink(dead))
    expect(backend.copied.at(-1)).toContain('not%20there')
  })

  run('the private switch, both ways', async () => {
    const object = { profileId, bucket, key: 'media/team photo.svg' }
    expect((await value(backend.api.checkVisibility(object))).visibility).toBe('public')
    for (const visibility of ['private', 'public'] as const) {
      const { planId, objects } = await value(
        backend.api.planVisibility({ profileId, bucket, keys: [object.key], prefixes: [], visibility }),
      )
      const { checks } = await value(backend.api.applyVisibility({ planId, confirmedObjects: objects }))
      expect(checks).toMatchObject([{ key: object.key, visibility }])
    }
  })

  run('an existing key is never overwritten unasked', async () => {
    const { selectionId } = await select(['team photo.svg', 'another picture'])
    const conflicts = await value(
      backend.api.findConflicts({ profileId, bucket, prefix: 'media/', selectionId }),
    )
    expect(conflicts).toEqual({ keys: ['media/team photo.svg'], total: 1 })
    expect(await upload(selectionId)).toMatchObject({ uploaded: 0, failed: 1, link: null })
    expect(await upload(selectionId, { onConflict: 'skip' })).toMatchObject({ uploaded: 0, skipped: 1 })
    expect(await upload(selectionId, { onConflict: 'keep-both' })).toMatchObject({ uploaded: 1 })
    const all = await keys('media/')
    expect(
      all.some((key) =>
        /^media\/team_photo_[A-Za-z0-9]{7}\.svg$|^media\/team photo_[A-Za-z0-9]{7}\.svg$/.test(key),
      ),
    ).toBe(true)
    const link = await value(
      backend.api.createLink(
        linkInput({ profileId, bucket, key: 'media/team photo.svg' }, { expiresInSeconds: 60 }),
      ),
    )
    expect(await (await fetch(link.url)).text()).toContain('<svg')
  })

  run('what is planned before an upload is what the upload does, and the links are HTML', async () => {
    const picture = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAB4AAAAyAQMAAABxkPmsAAAAA1BMVEX/AAAZ4gk3AAAADElEQVQI12NgGKkAAAD6AAG+XimtAAAAAElFTkSuQmCC',
      'base64',
    )
    const { selectionId } = await select(['Büro #1.png', picture], ['leer.txt', ''])
    const naming = { template: '{yyyy}/{slug}-{hash8}.{ext}', clean: 'tidy' } as const
    const plan = async (more: { clean?: 'as-is' | 'tidy'; prefix?: string } = {}) =>
      value(
        backend.api.planUpload({
          profileId,
          bucket,
          prefix: more.prefix ?? 'plan/',
          selectionId,
          naming: { template: null, clean: more.clean ?? 'as-is' },
          leaveOutEmpty: false,
          lookForExisting: true,
        }),
      )
    expect(await plan()).toMatchObject({ files: 2, counts: { address: 1, empty: 1 }, fixable: true })
    const tidy = await value(
      backend.api.planUpload({
        profileId,
        bucket,
        prefix: 'plan/',
        selectionId,
        naming,
        leaveOutEmpty: true,
        lookForExisting: true,
      }),
    )
    expect(tidy).toMatchObject({ files: 1, counts: {}, fixable: false, lookedForExisting: true })
    const more = { prefix: 'plan/', naming, leaveOutEmpty: true, linkFormat: 'html' } as const
    const report = await upload(selectionId, { ...more, onConflict: 'keep-both' })
    expect(report).toMatchObject({ uploaded: 1, failed: 0 })
    expect(await keys('plan/')).toEqual(tidy.rows.map(({ key }) => key))
    expect(report.databaseValues).toEqual(tidy.rows.map(({ key }) => key.slice('plan/'.length)))
    expect(report.overwriteGuard).not.toBeNull()
    expect(backend.copied.at(-1)).toMatch(
      /^<img src="http[^"]+" width="30" height="50" alt="buro 1 [0-9a-f]{8}">$/,
    )

    // Replaced under its own key by a file of another name.
    const [key = ''] = await keys('plan/')
    const other = await select(['other name.png', Buffer.concat([picture, Buffer.from('more')])])
    const replace = { prefix: 'plan/', replaceKey: key }
    expect(
      await codeOf(
        backend.api.startUpload({
          ...replace,
          profileId,
          bucket,
          selectionId: other.selectionId,
          visibility: 'private',
          onConflict: 'keep-both',
          cacheControl: null,
          baseUrl: null,
          linkExpirySeconds: 60,
        }),
      ),
    ).toBe('invalid-argument')
    expect(await upload(other.selectionId, { ...replace, onConflict: 'overwrite' })).toMatchObject({
      uploaded: 1,
      overwriteGuard: null,
    })
    expect(await keys('plan/')).toEqual([key])
    const details = await value(backend.api.getObjectDetails({ profileId, bucket, key }))
    expect(details.sizeBytes).toBe(picture.length + 4)
    const gone = await value(backend.api.planDelete({ profileId, bucket, keys: [key], prefixes: [] }))
    expect(await value(backend.api.applyDelete({ planId: gone.planId }))).toEqual({ deleted: 1, failed: [] })
  })

  run('a large file goes in parts and comes back the same', async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, 'a long film ')
    const { selectionId } = await select(['film.mp4', content])
    expect(await upload(selectionId)).toMatchObject({ uploaded: 1 })
    const details = await value(backend.api.getObjectDetails({ profileId, bucket, key: 'media/film.mp4' }))
    expect(details).toMatchObject({ sizeBytes: content.length, contentType: 'video/mp4' })
    expect(details.eTag).toMatch(/-\d+"?$/)
    const target = join(backend.folder, 'downloads')
    await mkdir(target, { recursive: true })
    const { folderId } = (await value(backend.api.chooseFolder({ purpose: 'download', typedPath: target })))!
    await value(
      backend.api.startDownload({ profileId, bucket, keys: ['media/film.mp4'], prefixes: [], folderId }),
    )
    await expect
      .poll(
        async () =>
          (await value(backend.api.listTransfers({}))).transfers.find((each) => each.direction === 'download')
            ?.state,
        { timeout: 20_000 },
      )
      .toBe('done')
    const [name] = await readdir(target)
    expect((await readFile(join(target, name!))).equals(content)).toBe(true)
  })

  run('renaming copies and deletes, and refuses a name that is taken', async () => {
    const object = { profileId, bucket, key: 'media/prices + more #1.txt' }
    // The object is there, and its link of one second is not good any more.
    await expect.poll(async () => (await fetch(brief.url)).status, { timeout: 4000 }).toBe(403)
    expect(await codeOf(backend.api.renameObject({ ...object, newKey: 'media/team photo.svg' }))).toBe(
      'already-exists',
    )
    await value(backend.api.renameObject({ ...object, newKey: 'media/prices ü.txt' }))
    const after = await keys('media/prices')
    expect(after).toEqual(['media/prices ü.txt'])
    // Its links led to the old name.
    const { links } = await value(backend.api.listLinks({ ...everyLink, search: object.key }))
    expect(links.filter(({ revokedAt }) => revokedAt !== null)).not.toEqual([])
    expect(
      links.every(({ movedTo, endsAt }) => movedTo !== null || Date.parse(endsAt ?? '') < Date.now()),
    ).toBe(true)
  })

  run('the static folder: a plan with reasons, applied, and then nothing to do', async () => {
    const site = join(backend.folder, 'site')
    await mkdir(join(site, 'css'), { recursive: true })
    await writeFile(join(site, 'index.html'), '<title>one</title>')
    await writeFile(join(site, 'css/site.css'), 'body{}')
    await writeFile(join(site, 'empty.txt'), '')
    const { folderId } = (await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: site })))!
    const plan = (more: Partial<SyncOptions> = {}) =>
      value(
        backend.api.planSync({
          profileId,
          bucket,
          prefix: 'static',
          folderId,
          options: { ...usualOptions, ...more },
        }),
      )
    const rows = async (planId: string) =>
      Object.fromEntries(
        (await value(backend.api.listPlanRows({ planId, offset: 0, limit: 1000, filter: 'all' }))).rows.map(
          (row) => [row.key, `${row.action} ${row.reason}`],
        ),
      )

    const first = await plan()
    expect(await rows(first.planId)).toEqual({
      'static/css/site.css': 'upload new',
      'static/empty.txt': 'upload new',
      'static/index.html': 'upload new',
    })
    expect(
      await value(backend.api.applySync({ planId: first.planId, confirmedDeletes: 0, confirmedForeign: 0 })),
    ).toMatchObject({
      uploaded: 3,
      failed: [],
    })
    expect(
      await codeOf(backend.api.applySync({ planId: first.planId, confirmedDeletes: 0, confirmedForeign: 0 })),
    ).toBe('not-found')
    expect((await plan()).counts).toMatchObject({ upload: 0, updateHeaders: 0, delete: 0, skip: 3 })

    const details = await value(
      backend.api.getObjectDetails({ profileId, bucket, key: 'static/css/site.css' }),
    )
    expect(details).toMatchObject({ contentType: 'text/css; charset=utf-8', cacheControl: 'max-age=86400' })

    // One file changes at the same size, one goes, and the header of the third is asked for anew.
    await writeFile(join(site, 'index.html'), '<title>two</title>')
    await writeFile(join(site, 'gone.txt'), 'for a moment')
    const second = await plan()
    await value(backend.api.applySync({ planId: second.planId, confirmedDeletes: 0, confirmedForeign: 0 }))
    await rm(join(site, 'gone.txt'))
    const linked = { profileId, bucket, key: 'static/gone.txt' }
    await value(backend.api.createLink(linkInput(linked, { kind: 'public' })))
    const third = await plan({ cacheControl: 'max-age=60', removeRemoteOnly: true })
    expect(await rows(third.planId)).toEqual({
      'static/css/site.css': 'update-headers header-differs',
      'static/empty.txt': 'update-headers header-differs',
      'static/gone.txt': 'delete remote-only',
      'static/index.html': 'update-headers header-differs',
    })
    expect(
      await codeOf(backend.api.applySync({ planId: third.planId, confirmedDeletes: 0, confirmedForeign: 0 })),
    ).toBe('safety-refused')
    expect(
      await value(backend.api.applySync({ planId: third.planId, confirmedDeletes: 1, confirmedForeign: 0 })),
    ).toMatchObject({
      updatedHeaders: 3,
      deleted: 1,
      failed: [],
    })
    // What a sync has removed is not listed as out there.
    const { links } = await value(backend.api.listLinks({ ...everyLink, search: linked.key }))
    expect(links).toMatchObject([{ revokedAt: expect.any(String), movedTo: null }])
    // What comes back is.
    await writeFile(join(site, 'gone.txt'), 'back again')
    const fourth = await plan({ cacheControl: 'max-age=60' })
    await value(backend.api.applySync({ planId: fourth.planId, confirmedDeletes: 0, confirmedForeign: 0 }))
    expect((await value(backend.api.listLinks({ ...everyLink, search: linked.key }))).live).toBe(1)
    await rm(join(site, 'gone.txt'))
    const fifth = await plan({ cacheControl: 'max-age=60', removeRemoteOnly: true })
    await value(backend.api.applySync({ planId: fifth.planId, confirmedDeletes: 1, confirmedForeign: 0 }))
    expect(await keys('static/')).toEqual(['static/css/site.css', 'static/empty.txt', 'static/index.html'])
  })

  run('deleting names and counts before it acts, and then an empty bucket can go', async () => {
    expect(await codeOf(backend.api.deleteBucket({ profileId, bucket }))).toBe('bucket-not-empty')
    expect(await codeOf(backend.api.planDelete({ profileId, bucket, keys: [], prefixes: ['static'] }))).toBe(
      'invalid-argument',
    )
    const plan = await value(
      backend.api.planDelete({ profileId, bucket, keys: [], prefixes: ['static/', 'media/'] }),
    )
    expect(plan.objects).toBe(3 + (await keys('media/')).length)
    expect(await value(backend.api.applyDelete({ planId: plan.planId }))).toEqual({
      deleted: plan.objects,
      failed: [],
    })
    expect(await codeOf(backend.api.applyDelete({ planId: plan.planId }))).toBe('not-found')
    await value(backend.api.deleteBucket({ profileId, bucket }))
    expect(
      (await value(backend.api.listBuckets({ profileId }))).buckets.map((each) => each.name),
    ).not.toContain(bucket)
  })

  run('after a restart the profile is there and works', async () => {
    await backend.restart()
    const [profile] = await value(backend.api.listProfiles({}))
    expect(profile).toMatchObject({ id: profileId, credentialState: state })
    await value(backend.api.listBuckets({ profileId }))
    // And so are the links, of which all objects are gone by now.
    const { links, total, live } = await value(backend.api.listLinks({ ...everyLink, bucket }))
    expect([links.length > 5, links.length, live]).toEqual([true, total, 1])
    expect(links[0]?.key).toBe('media/not there.txt')
  })
})
