import { expect, type Locator } from 'playwright/test'
import type { ProfileInput } from '../../src-preload/contract/profile.ts'
import type { ProviderDouble } from '../backend/provider-double.ts'
import type { Host } from './host.ts'
import { chooseInProfileMenu } from './profile-steps.ts'
import { canary, type Service } from './service.ts'
import * as window from './window-steps.ts'

/** The one object that everything is done with; another one is there, and follows where a bucket is one thing. */
export const key = 'photo.txt'
export const other = 'price list.txt'

/** A kind of bucket, and the profile that it is reached with. */
export interface Kind {
  readonly profile: string
  readonly bucket: string
  /** What somebody without keys is answered: the test's own request. */
  readonly bare: (key: string) => Promise<number>
}

/** What the inspector says of the selected object, which has to be what the test is answered at the same time. */
export async function expectBadge(host: Host, kind: Kind, wanted: 'Public' | 'Private'): Promise<void> {
  const badge = window.inspector(host.page).getByRole('region', { name: 'Visibility' })
  await expect(badge.locator('.visibility-word')).toHaveText(wanted)
  const status = await kind.bare(key)
  expect([kind.bucket, status === 200 ? 'Public' : 'Private', status]).toEqual([kind.bucket, wanted, status])
  expect([200, 401, 403]).toContain(status)
  await expect(badge).toContainText(`${status} to the public`)
}

/** Opens a kind of bucket and selects its object. */
export async function select(host: Host, { profile, bucket }: Kind): Promise<void> {
  await chooseInProfileMenu(host.page, profile)
  await window.openBucket(host.page, bucket)
  await window.selectObject(host.page, 'photo')
}

/** Goes through the dialog: by the typed name of the bucket where that is asked for. */
export async function confirm(dialog: Locator, word: 'public' | 'private', bucket: string): Promise<void> {
  const go = dialog.getByRole('button', { name: `Make ${word}` })
  const typed = dialog.getByLabel('Type the bucket name to confirm')
  await expect(typed.or(go).first()).toBeVisible()
  if (await typed.isVisible()) {
    await expect(go).toBeDisabled()
    await typed.fill(bucket)
  }
  await go.click()
  await expect(dialog).toBeHidden()
}

/** Makes a profile as the window does, without its dialog; for R2 a destination without a base URL as well. */
export function makeProfile(
  host: Host,
  profile: Pick<ProfileInput, 'name' | 'provider' | 'endpoint' | 'bucketNames'>,
) {
  return host.page.evaluate(
    async ([input, keys]) => {
      const { pail } = { pail: (globalThis as unknown as { api: PailApi }).api }
      interface PailApi {
        createProfile(given: object): Promise<{ ok: true; value: { id: string } }>
        setProfileSecret(given: object): Promise<{ ok: boolean }>
        createDestination(given: object): Promise<{ ok: boolean }>
      }
      const made = await pail.createProfile({
        profile: {
          colour: 'teal',
          region: 'us-east-1',
          addressing: 'path',
          checksums: 'when-required',
          insecureConsent: null,
          ...input,
        },
      })
      const kept = { profileId: made.value.id, ...keys, sessionToken: null, keepForSession: true }
      if (!(await pail.setProfileSecret(kept)).ok) throw new Error('The keys were not taken.')
      const [bucket] = input.bucketNames
      if (input.provider !== 'r2' || bucket === undefined) return
      await pail.createDestination({
        destination: {
          profileId: made.value.id,
          bucket,
          name: 'Pictures',
          kind: 'media',
          prefix: '',
          visibility: 'public',
          cacheControl: null,
          onConflict: 'keep-both',
          baseUrl: null,
          linkExpirySeconds: 3600,
        },
      })
    },
    [profile, canary] as const,
  )
}

/** What somebody without keys is answered for an object of a real service. */
export const bareOf = (service: Service, bucket: string) => async (name: string) =>
  (await fetch(`${service.endpoint}/${bucket}/${encodeURIComponent(name)}`)).status

/** The buckets of a real service: with ACLs, without them, and with everything public blocked. */
export async function kindsOf(service: Service): Promise<Kind[]> {
  for (const [bucket, access] of [
    ['acl-media', 'per-object'],
    ['policy-media', 'policy'],
    ['blocked-media', 'private'],
  ] as const) {
    await service.createBucket(bucket, access)
    for (const name of [key, other]) await service.put(bucket, name, name)
  }
  return ['acl-media', 'policy-media'].map((bucket) => ({
    profile: 'Agency',
    bucket,
    bare: bareOf(service, bucket),
  }))
}

/** The same of a double. */
export const bareAt = (double: ProviderDouble, bucket: string) => async (name: string) =>
  (await fetch(`${double.server.endpoint}/${bucket}/${encodeURIComponent(name)}`)).status

/** Puts the two objects into a double's bucket, both of them private. */
export function fill({ objects }: ProviderDouble): void {
  for (const name of [key, other])
    (objects as Map<string, object>).set(name, { body: name, type: 'text/plain', isPublic: false })
}
