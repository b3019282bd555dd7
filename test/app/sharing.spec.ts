import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'playwright/test'
import { keyPair } from '../cdn/edge.ts'
import { expectAccessible } from './accessible.ts'
import { startKnownEdge } from './known-edge.ts'
import * as profiles from './profile-steps.ts'
import { expectQrOnScreen } from './qr-reader.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

test('a link is shown as a QR code and sent by mail, and somebody without keys uploads a file', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  await service.createBucket('website')
  await service.put('website', 'in/a b.txt', 'hello')
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })
  await window.openBucket(page, 'website')

  await window.row(page, 'in').dblclick()
  await window.selectObject(page, 'a b')
  await window.inspector(page).getByRole('button', { name: 'Share link…' }).click()
  const share = page.getByRole('dialog', { name: 'Share a b.txt' })
  await expect(share.getByRole('img', { name: 'QR code of the link to a b.txt' })).toBeVisible()
  await expect(share.getByText('in/a%20b.txt?…')).toBeVisible()
  await window.picture(host, '60-share-link')
  await expectAccessible(host, '60-share-link')
  await share.getByRole('button', { name: 'Copy link' }).click()
  await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
  const link = await host.clipboard()
  expect(await (await fetch(link)).text()).toBe('hello')
  await expectQrOnScreen(share.getByRole('img', { name: 'QR code of the link to a b.txt' }), link)
  // In a browser the page has the letter as a link, which the browser opens.
  const byPage = share.getByRole('link', { name: 'Send by mail…' })
  if (host.kind === 'electron') await share.getByRole('button', { name: 'Send by mail…' }).click()
  else await expect(byPage).toBeVisible()
  await expect.poll(() => host.handedOut.texts('mail')).not.toEqual([])
  const letter = new URL(host.handedOut.texts('mail')[0]!)
  expect(letter.protocol + letter.pathname).toBe('mailto:')
  expect(letter.searchParams.get('subject')).toBe('a b.txt')
  expect(letter.searchParams.get('body')).toContain(`a b.txt:\r\n${link}\r\n`)
  await share.getByRole('button', { name: 'Close' }).last().click()

  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Request an upload…' }).click()
  const request = page.getByRole('dialog', { name: 'Request an upload' })
  await request.getByLabel('File name').fill('Team photo.jpg')
  await expect(request.getByText('website/in/Team photo.jpg')).toBeVisible()
  await window.picture(host, '61-request-upload')
  await expectAccessible(host, '61-request-upload')
  await request.getByRole('button', { name: 'Make link' }).click()
  const made = page.getByRole('dialog', { name: 'The upload link is made' })
  await expect(made.getByText('Content-Type: image/jpeg')).toBeVisible()
  await window.picture(host, '62-upload-link')
  await expectAccessible(host, '62-upload-link')
  await made.getByRole('button', { name: 'Copy curl command' }).click()
  await expect.poll(() => host.clipboard()).toContain("--header 'If-None-Match: *'")
  await writeFile(join(workFolder, 'Team photo.jpg'), 'picture')
  await promisify(execFile)('sh', ['-c', await host.clipboard()], { cwd: workFolder })
  expect(await service.get('website', 'in/Team photo.jpg')).toBe('picture')
  await made.getByRole('button', { name: 'Done' }).click()

  // A private destination behind CloudFront: the key is chosen from a file, and signs at the edge from then on.
  const edge = await startKnownEdge(service, 'website')
  let kept: profiles.Kept = 'keychain'
  for (const kind of ['rsa', 'ec'] as const) {
    // What the key before has signed is of no use from here on.
    await edge.proveLinks()
    const { pem, publicKey } = keyPair(kind)
    edge.trust('K2JCJMDEHXQW5F', publicKey)
    await page.getByRole('button', { name: kind === 'rsa' ? 'New destination' : 'Edit destination' }).click()
    if (kind === 'rsa') await page.getByRole('menuitem', { name: 'Private media' }).click()
    const place = page.getByRole('dialog', { name: /destination$/ })
    if (kind === 'rsa') {
      await place.getByLabel('Folder in the bucket').fill('in/')
      await place.getByLabel('Public base URL').fill(edge.origin)
      await place.getByText('Links signed for CloudFront').click()
      await place.getByLabel('Key pair ID').fill('K2JCJMDEHXQW5F')
    } else {
      // Emptied to be filled anew, it stays where it is, and the private key is not lost without it.
      await place.getByLabel('Key pair ID').fill('')
      await place.getByLabel('Private key', { exact: true }).fill(pem)
      await place.getByRole('button', { name: 'Save' }).click()
      await expect(place.getByText('The private key is kept under the ID of its pair')).toBeVisible()
      await place.getByLabel('Key pair ID').fill('K2JCJMDEHXQW5F')
      const where = kept === 'keychain' ? 'The key is in the keychain' : 'The key is kept in memory'
      await expect(place.getByText(where)).toBeVisible()
    }
    await place.getByLabel('File with the private key').setInputFiles({
      name: 'private_key.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(pem),
    })
    await expect(place.getByLabel('Private key', { exact: true })).toHaveValue(pem)
    if (kind === 'ec') {
      await window.picture(host, '63-cloudfront-key')
      await expectAccessible(host, '63-cloudfront-key')
    }
    const done = page.getByRole('button', { name: 'Edit destination' })
    kept = await profiles.keepSecret(place, kind === 'rsa' ? 'Create destination' : 'Save', done)
    await expect(place).toBeHidden()
    await page
      .getByRole('grid', { name: 'Media' })
      .getByRole('row')
      .filter({ hasText: 'a b' })
      .click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Share link…' }).click()
    const before = await host.clipboard()
    await share.getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => host.clipboard()).not.toBe(before)
    const signed = await host.clipboard()
    expect(signed).toContain(edge.origin)
    expect(await (await fetch(signed)).text()).toBe('hello')
    await share.getByRole('button', { name: 'Close' }).last().click()
  }
  await edge.close()

  // What a custom domain shows to everybody: the address there is the link.
  await service.put('website', 'open/notice & more.txt', 'for all')
  const site = await startKnownEdge(service, 'website')
  site.isOpen = true
  await page.evaluate(async (baseUrl) => {
    const listed = await globalThis.window.api.listProfiles({})
    if (!listed.ok) throw new Error(listed.error.message)
    const made = await globalThis.window.api.createDestination({
      destination: {
        profileId: listed.value[0]!.id,
        bucket: 'website',
        name: 'Notices',
        kind: 'media',
        prefix: 'open/',
        visibility: 'public',
        cacheControl: null,
        onConflict: 'keep-both',
        baseUrl,
        linkExpirySeconds: 3600,
      },
    })
    if (!made.ok) throw new Error(made.error.message)
  }, site.origin)
  await page.reload()
  await page.getByRole('button', { name: 'Notices' }).click()
  await page
    .getByRole('grid', { name: 'Media' })
    .getByRole('row')
    .filter({ hasText: 'notice' })
    .click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Share link…' }).click()
  const open = page.getByRole('dialog', { name: 'Share notice & more.txt' })
  const address = `${site.origin}/open/notice%20%26%20more.txt`
  await expectQrOnScreen(open.getByRole('img', { name: 'QR code of the link to notice & more.txt' }), address)
  await open.getByRole('button', { name: 'Copy link' }).click()
  await expect.poll(() => host.clipboard()).toBe(address)
  await open.getByRole('button', { name: 'Close' }).last().click()
  await site.close()

  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Links/ })
    .click()
  const ledger = page.getByRole('grid', { name: 'Links' })
  await expect(ledger.getByRole('row').filter({ hasText: 'Team photo' })).toContainText('Upload link')
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
