import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { linkInput } from '../links/link-input.ts'
import { usualOptions } from '../sync/sync-fixture.ts'
import { everyLink, jobTargets, useJob } from './job-scene.ts'
import { codeOf, value } from './running-backend.ts'

describe.each(jobTargets)('what was planned is what is done, on $name', (target) => {
  const run = test.skipIf(!target.isHere)
  const job = useJob(target, 'planned')
  const { bucket, select, upload, keys } = job

  beforeAll(async () => {
    if (!target.isHere) return
    await job.connect()
    const { profileId } = job
    await value(
      job.backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }),
    )
  })
  afterAll(async () => {
    if (!target.isHere) return
    const { profileId, backend } = job
    const { planId } = await value(
      backend.api.planDelete({ profileId, bucket, keys: [], prefixes: ['plan/', 'static/'] }),
    )
    await value(backend.api.applyDelete({ planId }))
    await value(backend.api.deleteBucket({ profileId, bucket }))
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
        job.backend.api.planUpload({
          profileId: job.profileId,
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
      job.backend.api.planUpload({
        profileId: job.profileId,
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
    expect(job.backend.copied.at(-1)).toMatch(
      /^<img src="http[^"]+" width="30" height="50" alt="buro 1 [0-9a-f]{8}">$/,
    )

    // Replaced under its own key by a file of another name.
    const [key = ''] = await keys('plan/')
    const other = await select(['other name.png', Buffer.concat([picture, Buffer.from('more')])])
    const replace = { prefix: 'plan/', replaceKey: key }
    expect(
      await codeOf(
        job.backend.api.startUpload({
          ...replace,
          profileId: job.profileId,
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
    const details = await value(job.backend.api.getObjectDetails({ profileId: job.profileId, bucket, key }))
    expect(details.sizeBytes).toBe(picture.length + 4)
    const gone = await value(
      job.backend.api.planDelete({ profileId: job.profileId, bucket, keys: [key], prefixes: [] }),
    )
    expect(await value(job.backend.api.applyDelete({ planId: gone.planId }))).toEqual({
      deleted: 1,
      failed: [],
    })
  })

  run('the static folder: a plan with reasons, applied, and then nothing to do', async () => {
    const site = join(job.backend.folder, 'site')
    await mkdir(join(site, 'css'), { recursive: true })
    await writeFile(join(site, 'index.html'), '<title>one</title>')
    await writeFile(join(site, 'css/site.css'), 'body{}')
    await writeFile(join(site, 'empty.txt'), '')
    const { folderId } = (await value(job.backend.api.chooseFolder({ purpose: 'sync', typedPath: site })))!
    const plan = (more: Partial<SyncOptions> = {}) =>
      value(
        job.backend.api.planSync({
          profileId: job.profileId,
          bucket,
          prefix: 'static',
          folderId,
          options: { ...usualOptions, ...more },
        }),
      )
    const rows = async (planId: string) =>
      Object.fromEntries(
        (
          await value(job.backend.api.listPlanRows({ planId, offset: 0, limit: 1000, filter: 'all' }))
        ).rows.map((row) => [row.key, `${row.action} ${row.reason}`]),
      )

    const first = await plan()
    expect(await rows(first.planId)).toEqual({
      'static/css/site.css': 'upload new',
      'static/empty.txt': 'upload new',
      'static/index.html': 'upload new',
    })
    expect(
      await value(
        job.backend.api.applySync({ planId: first.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
      ),
    ).toMatchObject({
      uploaded: 3,
      failed: [],
    })
    expect(
      await codeOf(
        job.backend.api.applySync({ planId: first.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
      ),
    ).toBe('not-found')
    expect((await plan()).counts).toMatchObject({ upload: 0, updateHeaders: 0, delete: 0, skip: 3 })

    const details = await value(
      job.backend.api.getObjectDetails({ profileId: job.profileId, bucket, key: 'static/css/site.css' }),
    )
    expect(details).toMatchObject({ contentType: 'text/css; charset=utf-8', cacheControl: 'max-age=86400' })

    // One file changes at the same size, one goes, and the header of the third is asked for anew.
    await writeFile(join(site, 'index.html'), '<title>two</title>')
    await writeFile(join(site, 'gone.txt'), 'for a moment')
    const second = await plan()
    await value(
      job.backend.api.applySync({ planId: second.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
    )
    await rm(join(site, 'gone.txt'))
    const linked = { profileId: job.profileId, bucket, key: 'static/gone.txt' }
    await value(job.backend.api.createLink(linkInput(linked, { kind: 'public' })))
    const third = await plan({ cacheControl: 'max-age=60', removeRemoteOnly: true })
    expect(await rows(third.planId)).toEqual({
      'static/css/site.css': 'update-headers header-differs',
      'static/empty.txt': 'update-headers header-differs',
      'static/gone.txt': 'delete remote-only',
      'static/index.html': 'update-headers header-differs',
    })
    expect(
      await codeOf(
        job.backend.api.applySync({ planId: third.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
      ),
    ).toBe('safety-refused')
    expect(
      await value(
        job.backend.api.applySync({ planId: third.planId, confirmedDeletes: 1, confirmedForeign: 0 }),
      ),
    ).toMatchObject({
      updatedHeaders: 3,
      deleted: 1,
      failed: [],
    })
    // What a sync has removed is not listed as out there.
    const { links } = await value(job.backend.api.listLinks({ ...everyLink, search: linked.key }))
    expect(links).toMatchObject([{ revokedAt: expect.any(String), movedTo: null }])
    // What comes back is.
    await writeFile(join(site, 'gone.txt'), 'back again')
    const fourth = await plan({ cacheControl: 'max-age=60' })
    await value(
      job.backend.api.applySync({ planId: fourth.planId, confirmedDeletes: 0, confirmedForeign: 0 }),
    )
    expect((await value(job.backend.api.listLinks({ ...everyLink, search: linked.key }))).live).toBe(1)
    await rm(join(site, 'gone.txt'))
    const fifth = await plan({ cacheControl: 'max-age=60', removeRemoteOnly: true })
    await value(job.backend.api.applySync({ planId: fifth.planId, confirmedDeletes: 1, confirmedForeign: 0 }))
    expect(await keys('static/')).toEqual(['static/css/site.css', 'static/empty.txt', 'static/index.html'])
  })
})
