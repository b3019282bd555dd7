import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { linksIn } from '../links/link-proof.ts'
import * as profiles from './profile-steps.ts'
import { expectQrOnScreen } from './qr-reader.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'website'
/** Keys as people make them; each object has its key for content. */
const keys = ['in/a b+c.txt', 'in/100%25 #1.txt', 'in/caf\u0301e.txt', 'in/tent 🎪.txt']

test('every link that is handed out leads to its bytes, dies on time, and is of no use when changed', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  await service.createBucket(bucket, 'per-object')
  for (const key of keys) await service.put(bucket, key, key)
  const file = async (name: string) => {
    await writeFile(join(workFolder, name), `in/${name}`)
    return join(workFolder, name)
  }
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })
  const { handedOut } = host
  const textsOut = () => handedOut.texts('clipboard').length + handedOut.texts('mail').length
  const isHandedOut = async (act: () => Promise<unknown>) => {
    const before = textsOut()
    await act()
    await expect.poll(textsOut).toBeGreaterThan(before)
  }
  await window.openBucket(page, bucket)
  await window.row(page, 'in').dblclick()
  const inspector = window.inspector(page)

  await isHandedOut(async () => window.dropAndUpload(host, [await file('offer (1).txt')], 'private'))
  await isHandedOut(async () => window.dropAndUpload(host, [await file('menu & more.txt')], 'public'))
  for (const name of ['a b+c', '100%25', 'caf', 'tent'])
    await isHandedOut(() => window.copyLink(page, name, name === 'tent' ? '1 day' : '5 minutes'))
  await window.selectObject(page, 'menu & more')
  await isHandedOut(() => inspector.getByRole('button', { name: 'Copy URL' }).click())
  // What was handed out last may have been told late.
  await expect.poll(() => host.clipboard()).toMatch(/more\.txt$/)
  const address = await host.clipboard()
  await isHandedOut(() => page.keyboard.press('Control+l'))
  await expect(inspector.getByText('Public', { exact: true }).first()).toBeVisible()
  await inspector.getByRole('button', { name: 'Share link…' }).click()
  await expectQrOnScreen(page.getByRole('img', { name: 'QR code of the link to menu & more.txt' }), address)
  await window.openDialog(page).getByRole('button', { name: 'Close' }).last().click()
  await window.selectObject(page, 'a b+c')
  await window.row(page, 'tent').click({ modifiers: ['Control'] })
  await isHandedOut(() => inspector.getByRole('button', { name: 'Copy links' }).click())
  await window.selectObject(page, 'a b+c')
  await inspector.getByRole('button', { name: 'Share link…' }).click()
  const share = page.getByRole('dialog', { name: 'Share a b+c.txt' })
  await isHandedOut(() => share.getByRole('button', { name: 'Copy link' }).click())
  await isHandedOut(() => share.getByRole('button', { name: 'Send by mail…' }).click())
  await share.getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Request an upload…' }).click()
  await page.getByLabel('File name').fill('sent by them.txt')
  await page.getByRole('button', { name: 'Make link' }).click()
  const made = page.getByRole('dialog', { name: 'The upload link is made' })
  await isHandedOut(() => made.getByRole('button', { name: 'Copy link' }).click())
  await isHandedOut(() => made.getByRole('button', { name: 'Copy curl command' }).click())
  await made.getByRole('button', { name: 'Done' }).click()

  // That each leads to the bytes of its object, ends on time, and is refused with anything changed is seen to wherever
  // links leave. What the objects hold, and what of a link is no secret, is known only here.
  const out = handedOut.links()
  for (const { object, kind, url } of out) {
    const isOpen = object.key === 'in/menu & more.txt'
    if (kind !== 'upload') expect(await service.get(bucket, object.key)).toBe(object.key)
    if (kind === 'presigned' && !isOpen)
      expect([url, (await fetch(url.slice(0, url.indexOf('?')))).status]).toEqual([url, 403])
  }
  const count = (wanted: string) => out.filter(({ kind }) => kind === wanted).length
  // QR codes are one of the public and one of the presigned.
  expect([count('public'), count('presigned'), count('upload')]).toEqual([3, 11, 2])
  expect(out.filter(({ together }) => together > 1)).toHaveLength(2)
  const texts = [
    ...handedOut.texts('clipboard'),
    ...handedOut.texts('mail').map((letter) => decodeURIComponent(letter)),
  ]
  expect(texts.flatMap(linksIn)).toHaveLength(14)
  expect(host.complaints).toEqual([])
})
