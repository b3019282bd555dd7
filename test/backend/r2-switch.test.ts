import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { linkInput } from '../links/link-input.ts'
import { managedDomain } from './cloudflare-double.ts'
import { privateDrop } from './private-drop.ts'
import { bucket, custom, useR2Scene } from './r2-scene.ts'
import { codeOf, value } from './running-backend.ts'

const scene = useR2Scene()
const { enter, planFor, toggle, access, changes, check, bare, changing, addCustom, destination } = scene

describe('with a token', () => {
  beforeEach(async () => void (await value(enter())))

  test('the report tells the addresses, and the switch turns the one at r2.dev on and off, for the whole bucket', async () => {
    expect((await access()).domains).toEqual({
      state: 'read',
      value: [
        {
          kind: 'managed',
          domain: managedDomain,
          enabled: false,
          baseUrl: `${scene.cloudflare.site.endpoint}/${managedDomain}`,
        },
      ],
    })
    expect(await check()).toMatchObject({ visibility: 'private', status: await bare(managedDomain) })
    const plan = await planFor('public')
    expect(plan).toMatchObject({
      way: 'provider-switch',
      refusal: null,
      prefixes: [''],
      objects: 3,
      sample: ['a.png', 'b.png', 'in/c.png'],
      acls: null,
      policy: null,
      switches: [{ kind: 'managed-domain', domain: managedDomain, from: 'private', to: 'public' }],
    })
    expect(changing()).toEqual([])
    const opened = await value(
      scene.backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }),
    )
    expect(opened).toMatchObject({ switches: [{ problem: null }], counts: { public: 3 }, undoable: true })
    expect(await bare(managedDomain)).toBe(200)
    expect(await check()).toMatchObject({ visibility: 'public', status: 200 })
    expect(await planFor('public')).toMatchObject({ switches: [], refusal: null, objects: 1 })
    // What is shown and copied leads there, and not to R2's own address.
    const { publicUrl } = await value(
      scene.backend.api.getObjectDetails({ profileId: scene.profileId, bucket, key: 'a.png' }),
    )
    const link = await value(
      scene.backend.api.createLink(
        linkInput({ profileId: scene.profileId, bucket, key: 'in/c.png' }, { kind: 'public' }),
      ),
    )
    expect(publicUrl).toBe(`${scene.cloudflare.site.endpoint}/${managedDomain}/a.png`)
    expect(await (await fetch(link.url)).text()).toBe('in/c.png')
    const shut = await value(toggle('private'))
    expect(shut).toMatchObject({ switches: [{ to: 'private', problem: null }], counts: { private: 3 } })
    expect(await bare(managedDomain)).toBe(401)
    expect(await check()).toMatchObject({ visibility: 'private' })
  })

  test('S44 nothing is sent as private while an address is on, and without a token that is not known', async () => {
    await mkdir(join(scene.backend.folder, 'in'))
    const path = join(scene.backend.folder, 'in', 'new.txt')
    await writeFile(path, 'new')
    const place = { profileId: scene.profileId, bucket, prefix: 'in/' }
    const { opened, send } = await privateDrop(scene.backend, place, path)
    expect(await opened()).toBeNull()
    addCustom()
    const by = `through ${custom}`
    expect(await opened()).toEqual({ files: 1, key: 'in/new.txt', by, isWhole: true })
    const refused = await send()
    expect(refused).toMatchObject({ ok: false, error: { code: 'safety-refused' } })
    expect((refused as { error: { message: string } }).error.message).toContain(
      `the bucket is public as a whole (through ${custom}). Nothing was sent.`,
    )
    expect(scene.provider.objects.has('in/new.txt')).toBe(false)
    await value(enter(null))
    expect(await opened()).toBeUndefined()
    const report = scene.backend.uploadReport()
    await value(send())
    expect(await report).toMatchObject({ uploaded: 1 })
  })

  test('a change can be taken back after a restart, and what that opens is counted first', async () => {
    scene.cloudflare.domains[0]!.enabled = true
    await value(toggle('private'))
    await scene.backend.restart()
    const [change] = await changes()
    expect(change).toMatchObject({ visibility: 'private', objects: 3, switches: 1, acls: 0, policy: false })
    const opens = await value(scene.backend.api.planUndoVisibility({ planId: change!.planId }))
    expect(opens).toMatchObject({ objects: 3, prefixes: [''], switches: [{ to: 'public' }] })
    expect(await codeOf(scene.backend.api.undoVisibility({ planId: change!.planId }))).toBe('safety-refused')
    expect(scene.cloudflare.domains[0]!.enabled).toBe(false)
    const undone = await value(
      scene.backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 3 }),
    )
    expect(undone).toMatchObject({ switches: [{ to: 'public', problem: null }], counts: { public: 3 } })
    expect(await bare(managedDomain)).toBe(200)
    expect(await changes()).toEqual([])
  })

  test('a custom domain keeps it public, is said to, and goes off when it is chosen', async () => {
    scene.cloudflare.domains[0]!.enabled = true
    addCustom()
    const kept = await planFor('private')
    expect(kept).toMatchObject({ sure: false, keptOpenBy: [custom], switches: [{ kind: 'managed-domain' }] })
    expect(kept.reasons[0]).toContain(custom)
    const left = await value(
      scene.backend.api.applyVisibility({ planId: kept.planId, confirmedObjects: kept.objects }),
    )
    expect(left.counts).toMatchObject({ public: 3, private: 0 })
    expect(await bare(custom)).toBe(200)
    const all = await planFor('private', [custom])
    expect(all).toMatchObject({ keptOpenBy: [], switches: [{ kind: 'custom-domain', domain: custom }] })
    expect((await value(toggle('private', [custom]))).counts).toMatchObject({ private: 3 })
    expect([await bare(custom), await bare(managedDomain)]).toEqual([401, 401])
    // Public again by what it was public by: the last change first.
    for (const [planId] of (await changes()).map((each) => [each.planId] as const))
      await value(scene.backend.api.undoVisibility({ planId, confirmedPublic: 3 }))
    expect([await bare(custom), await bare(managedDomain)]).toEqual([200, 200])
  })

  test('a private destination keeps the bucket from being opened, also by the way back', async () => {
    scene.cloudflare.domains[0]!.enabled = true
    await value(toggle('private'))
    await value(
      scene.backend.api.createDestination({
        destination: destination({ prefix: 'in/', visibility: 'private' }),
      }),
    )
    expect((await planFor('public')).refusal).toMatchObject({ code: 'safety-refused' })
    const [change] = await changes()
    const undo = scene.backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 3 })
    expect(await codeOf(undo)).toBe('safety-refused')
    expect(scene.cloudflare.domains[0]!.enabled).toBe(false)
  })

  test('S44 what has come since the plan was read is not opened with it', async () => {
    const grown = await planFor('public')
    const objects = scene.provider.objects as Map<string, { body: string; type: string; isPublic: boolean }>
    objects.set('in/new.png', { body: 'new', type: 'image/png', isPublic: false })
    const confirm = ({ planId, objects: confirmedObjects }: typeof grown) =>
      codeOf(scene.backend.api.applyVisibility({ planId, confirmedObjects }))
    expect(await confirm(grown)).toBe('safety-refused')
    const hiding = await planFor('public')
    expect(hiding.refusal).toBeNull()
    await value(
      scene.backend.api.createDestination({
        destination: destination({ prefix: 'in/', visibility: 'private' }),
      }),
    )
    expect(await confirm(hiding)).toBe('safety-refused')
    expect(changing()).toEqual([])
    expect(await changes()).toEqual([])
  })

  test('what somebody has switched meanwhile is found, and nothing is undone twice', async () => {
    const plan = await planFor('public')
    scene.cloudflare.domains[0]!.enabled = true
    await value(scene.backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }))
    expect(changing()).toEqual([])
    scene.cloudflare.domains[0]!.enabled = false
    const undone = await value(scene.backend.api.undoVisibility({ planId: plan.planId }))
    expect(undone.switches).toMatchObject([{ problem: null }])
    expect(changing()).toEqual([])
  })
})
