import { expect } from 'playwright/test'
import { join } from 'node:path'
import { test } from './host.ts'
import { writeSampleFiles } from './sample-files.ts'
import * as window from './window-steps.ts'

test('the whole job: playground, bucket, uploads, sync, links, restart', async ({ host, workFolder }) => {
  const files = await writeSampleFiles(join(workFolder, 'files'))
  const file = (name: string) => join(workFolder, 'files', name)

  await test.step('first run offers three doors, and the playground is one', async () => {
    await expect(host.page.getByRole('button', { name: /Connect a bucket/ })).toBeVisible()
    await expect(host.page.getByRole('button', { name: /Use my AWS profiles/ })).toBeVisible()
    await host.page.getByRole('button', { name: /Try it here/ }).click()
  })

  await test.step('a bucket whose files can be public', async () => {
    await window.createBucket(host.page, 'sibtc-assets', 'per-object')
  })

  await test.step('a public upload leaves a link that anybody can fetch', async () => {
    await window.dropAndUpload(host, [file('team photo.png')], 'public')
    await expect.poll(() => host.clipboard()).toContain('team')
    const answer = await fetch(await host.clipboard())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await answer.arrayBuffer()).equals(files.get('team photo.png')!)).toBe(true)
  })

  let privateLink = ''
  await test.step('a private upload leaves an expiring link; without its signature the answer is 403', async () => {
    await window.dropAndUpload(host, [file('price list.txt')], 'private')
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
    privateLink = await host.clipboard()
    const signed = await fetch(privateLink)
    expect(signed.status).toBe(200)
    expect(await signed.text()).toBe('private prices\n')
    const bare = new URL(privateLink)
    bare.search = ''
    expect((await fetch(bare)).status).toBe(403)
  })

  await test.step('the inspector says the same, and when it asked', async () => {
    await window.selectObject(host.page, 'price list.txt')
    await expect(window.inspector(host.page).getByText('Private', { exact: true }).first()).toBeVisible()
    await expect(window.inspector(host.page).getByText(/403 to the public/)).toBeVisible()
    await window.selectObject(host.page, 'team photo.png')
    await expect(window.inspector(host.page).getByText('Public', { exact: true }).first()).toBeVisible()
  })

  await test.step('the private switch on an object changes what the world can read', async () => {
    const url = await window.publicUrlOfSelected(host)
    expect((await fetch(url)).status).toBe(200)
    host.handedOut.expectGone(url, 403)
    await window.makePrivate(host.page)
    await expect(window.inspector(host.page).getByText('Private', { exact: true }).first()).toBeVisible()
    expect((await fetch(url)).status).toBe(403)
  })

  await test.step('an expiring link of an object, copied from the list', async () => {
    await window.copyLink(host.page, 'price list.txt', '5 minutes')
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Expires=300')
    expect(await (await fetch(await host.clipboard())).text()).toBe('private prices\n')
  })

  await test.step('a link is listed with whom it is for', async () => {
    await host.page.getByRole('button', { name: 'Who for…' }).click()
    await host.page.getByLabel('Who it is for').fill('The printer')
    await host.page.getByRole('button', { name: 'Save' }).click()
    await host.page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /^Links/ })
      .click()
    await expect(host.page.getByRole('row').filter({ hasText: 'The printer' })).toContainText(
      /in [45] minutes/,
    )
  })

  await test.step('all links of a file end at once, with what else ends named before', async () => {
    await host.page.getByRole('row').filter({ hasText: 'The printer' }).click({ button: 'right' })
    await host.page.getByRole('menuitem', { name: 'End all links to it…' }).click()
    const dialog = host.page.getByRole('dialog', { name: /^End all links to price list/ })
    await expect(dialog).toContainText('2 live links to it are known')
    await expect(dialog).toContainText('Pages, databases and programs')
    await dialog.getByLabel('New key').fill('prices for the printer.txt')
    for (const link of [privateLink, await host.clipboard()]) host.handedOut.expectGone(link, 404)
    await dialog.getByRole('button', { name: 'Move and end links' }).click()
    await expect(host.page.getByText('A link to the old key is refused now (404).')).toBeVisible()
    await expect(host.page.getByRole('row').filter({ hasText: 'revoked' })).toHaveCount(2)
    for (const link of [privateLink, await host.clipboard()]) expect((await fetch(link)).status).toBe(404)
    await host.page.getByRole('button', { name: 'Copy a new link' }).click()
    await expect.poll(() => host.clipboard()).toContain('printer.txt?')
    expect(await (await fetch(await host.clipboard())).text()).toBe('private prices\n')
    await window.openBucket(host.page, 'sibtc-assets')
  })

  await test.step('the sample site is published, and then there is nothing to do', async () => {
    const uploaded = await window.syncSampleSite(host)
    expect(uploaded).toBeGreaterThan(10)
    await window.expectNothingToSync(host.page)
  })

  await test.step('after a restart everything is still there', async () => {
    await host.restart()
    await window.openBucket(host.page, 'sibtc-assets')
    await expect(window.row(host.page, 'prices for the printer.txt')).toBeVisible()
    await expect(window.row(host.page, 'team photo.png')).toBeVisible()
    await expect(window.row(host.page, 'static')).toBeVisible()
  })

  expect(host.complaints, 'S6 no refused content and no uncaught error in the whole run').toEqual([])
})
