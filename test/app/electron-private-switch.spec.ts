import { expect } from 'playwright/test'
import {
  account,
  type CloudflareDouble,
  managedDomain,
  startCloudflare,
  token,
} from '../backend/cloudflare-double.ts'
import { b2, type ProviderDouble, r2, startProvider } from '../backend/provider-double.ts'
import type { Host } from './host.ts'
import {
  bareAt,
  confirm,
  expectBadge,
  fill,
  key,
  type Kind,
  makeProfile,
  other,
  select,
} from './private-switch-steps.ts'
import { keepSecret } from './profile-steps.ts'
import { filesBelow, hits, pageContent, spellings, watchFrames } from './secret-hunt.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

/** Hosts of the services as people type them. */
const hosts = {
  b2: 's3.eu-central-003.backblazeb2.com',
  r2: `${account}.r2.cloudflarestorage.com`,
} as const

/**
 * Lets the application's connections to hosts end at servers of this test. It is done inside the running process: nothing
 * that a person or an environment can set does it.
 */
async function lead(host: Host, ports: Readonly<Record<string, number>>): Promise<void> {
  await host.electron!.evaluate((_, given) => {
    const tls = process.getBuiltinModule('node:tls')
    const net = process.getBuiltinModule('node:net')
    const real = tls.connect
    tls.connect = ((...args: Parameters<typeof real>) => {
      const [{ host: name = '' } = {}] = args as unknown as [{ host?: string }?]
      const port = given[name]
      return port === undefined ? real(...args) : net.connect({ host: '127.0.0.1', port })
    }) as typeof real
  }, ports)
}

async function pictures(host: Host, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const)
    await window.onePicture(host, name, { width: 1280, height: 800, scheme })
  await host.page.emulateMedia({ colorScheme: 'light' })
}

test.describe('the private switch, by mouse, where the service has one of its own', () => {
  let doubles: ProviderDouble[] = []
  let cloudflare: CloudflareDouble
  test.afterEach(async () => {
    for (const { server } of doubles) await server.close()
    if (doubles.length > 0) await cloudflare.close()
  })

  test('the badge is what somebody without keys is answered', async ({ host }) => {
    const { page } = host
    const started = {
      b2: await startProvider('b2-media', b2),
      r2: await startProvider('r2-media', r2),
    }
    doubles = Object.values(started)
    for (const double of doubles) fill(double)
    cloudflare = await startCloudflare('r2-media', started.r2.objects)
    await lead(host, {
      [hosts.b2]: started.b2.server.port,
      [hosts.r2]: started.r2.server.port,
      'api.cloudflare.com': cloudflare.api.port,
      [managedDomain]: cloudflare.site.port,
    })
    const profiles = [
      { name: 'Backblaze', provider: 'b2', endpoint: `https://${hosts.b2}`, bucketNames: ['b2-media'] },
      { name: 'Cloudflare', provider: 'r2', endpoint: `https://${hosts.r2}`, bucketNames: ['r2-media'] },
    ] as const
    for (const profile of profiles)
      await makeProfile(host, { ...profile, bucketNames: [...profile.bucketNames] })
    await page.reload()
    const frames = await watchFrames(host)

    const dialog = window.openDialog(page)
    const openReport = async () => {
      const buckets = page.getByRole('region', { name: 'Buckets' })
      await buckets.getByRole('button', { name: 'r2-media', exact: true }).click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Who can read it…' }).click()
      return page.getByRole('dialog', { name: 'Who can read r2-media' })
    }
    const makePublic = () => window.inspector(page).getByRole('button', { name: 'Make public…' }).click()

    await test.step('B2: its switch is for the whole bucket', async () => {
      const kind: Kind = { profile: 'Backblaze', bucket: 'b2-media', bare: bareAt(started.b2, 'b2-media') }
      await select(host, kind)
      await expectBadge(host, kind, 'Private')
      await makePublic()
      await expect(dialog).toContainText('Make the whole bucket public?')
      await expect(dialog).toContainText('2 objects now, and what is uploaded there later')
      await expect(dialog).toContainText('The bucket’s own ACL becomes public-read.')
      await pictures(host, '90-b2-public')
      await confirm(dialog, 'public', kind.bucket)
      await expectBadge(host, kind, 'Public')
      expect(await kind.bare(other)).toBe(200)
      await window.makePrivate(page)
      await expect(dialog).toContainText('Make the whole bucket private?')
      await confirm(dialog, 'private', kind.bucket)
      await expectBadge(host, kind, 'Private')
      expect(await kind.bare(other)).toBe(401)
    })

    await test.step('R2 without a token: nobody knows, and it is said why and what to do', async () => {
      await select(host, { profile: 'Cloudflare', bucket: 'r2-media', bare: bareAt(started.r2, 'r2-media') })
      const badge = window.inspector(page).getByRole('region', { name: 'Visibility' })
      await expect(badge.locator('.visibility-word')).toHaveText('Unknown')
      await expect(badge).toContainText('400 to the public')
      await expect(badge).toContainText('R2’s own address answers nobody who does not sign')
      await pictures(host, '91-r2-unknown')
      await makePublic()
      await expect(dialog).toContainText('which is entered in the profile')
      await pictures(host, '92-r2-without-token')
    })

    await test.step('the token is entered in the profile, and R2’s switch is thrown with it', async () => {
      await dialog.getByRole('button', { name: 'Edit profile…' }).click()
      const edit = page.getByRole('dialog', { name: 'Edit profile' })
      await edit.getByLabel('Cloudflare API token (optional)').fill(token)
      await pictures(host, '93-r2-token')
      await keepSecret(edit, 'Save', page.getByRole('navigation', { name: 'Breadcrumb' }))
      await expect(edit).toBeHidden()
      const kind: Kind = {
        profile: 'Cloudflare',
        bucket: 'r2-media',
        bare: async (name) =>
          (await fetch(`${cloudflare.site.endpoint}/${managedDomain}/${encodeURIComponent(name)}`)).status,
      }
      await window.selectObject(page, 'photo')
      await window.inspector(page).getByRole('button', { name: 'Check visibility again' }).click()
      await expectBadge(host, kind, 'Private')
      await makePublic()
      await expect(dialog).toContainText(`The address at r2.dev is switched on: ${managedDomain}.`)
      await pictures(host, '94-r2-public')
      await confirm(dialog, 'public', kind.bucket)
      await expectBadge(host, kind, 'Public')
      await expect(window.inspector(page)).toContainText(`https://${managedDomain}/${key}`)
      const report = await openReport()
      await expect(report).toContainText(`${managedDomain}: on`)
      await expect(report).toContainText('The whole bucket (2 objects) made public')
      await pictures(host, '95-r2-report')
      await report.getByRole('button', { name: 'Use as base URL' }).click()
      await expect(report.getByRole('region', { name: 'Addresses for visitors' })).toBeHidden()
      await report.getByRole('button', { name: 'Done' }).click()
      cloudflare.domains.push({ kind: 'custom', domain: 'media.example.org', enabled: true })
      await window.makePrivate(page)
      await expect(dialog).toContainText('It stays public through media.example.org')
      await dialog.getByRole('checkbox', { name: 'Switch media.example.org off, too' }).click()
      await expect(dialog).toContainText('The custom domain is switched off: media.example.org.')
      await pictures(host, '96-r2-private')
      await confirm(dialog, 'private', kind.bucket)
      await expectBadge(host, kind, 'Private')
      expect(cloudflare.domains.map(({ enabled }) => enabled)).toEqual([false, false])

      await (await openReport()).getByRole('button', { name: 'Undo', exact: true }).click()
      await expect(dialog).toContainText('Make the whole bucket (2 objects) public again?')
      const again = dialog.getByRole('button', { name: 'Make public again' })
      await expect(again).toBeDisabled()
      await pictures(host, '97-r2-undo')
      await dialog.getByLabel('Type the bucket name to confirm').fill(kind.bucket)
      await again.click()
      await expect(dialog).toBeHidden()
      await expectBadge(host, kind, 'Public')
      expect(cloudflare.domains.map(({ enabled }) => enabled)).toEqual([true, true])
    })

    await test.step('S16 the token went to Cloudflare, and is nowhere else', async () => {
      const sent = cloudflare.api.requests.map(({ headers }) => headers.authorization)
      expect(new Set(sent)).toEqual(new Set([`Bearer ${token}`]))
      const crossed = (await frames.read()).map(({ name, text }) => ({ where: name, text }))
      expect(crossed.length).toBeGreaterThan(20)
      const seen = [
        ...crossed,
        ...(await pageContent(page, 'the window')),
        ...(await filesBelow(host.userData)),
        { where: 'what the process printed', text: host.printed() },
      ]
      expect(hits(seen, spellings(token))).toEqual([])
    })
    expect(host.complaints).toEqual([])
  })
})
