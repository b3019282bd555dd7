import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import * as profiles from './profile-steps.ts'
import type { Searched } from './secret-hunt.ts'
import { filesBelow, hits, pageContent, pageHeap, spellings, watchFrames } from './secret-hunt.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

/** Typed by mistake, and as secret as the right one. */
const wrongSecret = 'wrongCanary/9876543210+zyxwvutsrqponmlkj'

test('S16 S17 S41 no secret and no signed link is anywhere but in the keychain and on the clipboard', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  const seen: Searched[] = []
  const look = async (where: string) => void seen.push(...(await pageContent(page, where)))
  const frames = await watchFrames(host)
  await service.createBucket('website', 'per-object')

  await test.step('a wrong secret, its error and the error’s details', async () => {
    const dialog = await profiles.openConnect(page)
    await profiles.fillConnection(dialog, {
      name: 'Website',
      endpoint: service.endpoint,
      secretAccessKey: wrongSecret,
    })
    await profiles.keepSecret(
      dialog,
      'Test connection',
      dialog.getByRole('region', { name: 'Connection test' }),
    )
    await expect(dialog.getByText('This profile cannot be used yet')).toBeVisible()
    await look('the dialog after the test')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
    const note = page.getByRole('alert').filter({ hasText: 'The secret key is not right.' })
    await note.getByRole('button', { name: 'Copy details' }).click()
    await expect.poll(() => host.clipboard()).toContain('signature-mismatch')
    seen.push({ where: 'the copied details', text: await host.clipboard() })
    await look('the window with the error')
  })

  await test.step('the right secret', async () => {
    await profiles.chooseInProfileMenu(page, 'Edit profile…')
    const dialog = page.getByRole('dialog', { name: 'Edit profile' })
    await dialog.getByRole('button', { name: 'Replace keys' }).click()
    await dialog.getByLabel('Access key ID').fill(canary.accessKeyId)
    await dialog.getByLabel('Secret access key').fill(canary.secretAccessKey)
    await profiles.keepSecret(
      dialog,
      'Test connection',
      dialog.getByRole('region', { name: 'Connection test' }),
    )
    await expect(dialog.getByText('This profile can be used')).toBeVisible()
    await look('the dialog with the right secret')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
  })

  await test.step('an upload with its link, and more links', async () => {
    await window.openBucket(page, 'website')
    await writeFile(join(workFolder, 'price list.txt'), 'private prices\n')
    await window.dropAndUpload(host, [join(workFolder, 'price list.txt')], 'private')
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature=')
    await window.copyLink(page, 'price list.txt', '5 minutes')
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Expires=300')
    expect(await (await fetch(await host.clipboard())).text()).toBe('private prices\n')
    await look('the bucket after the links')
    for (const place of ['Links', 'Transfers', 'Settings']) {
      await page
        .getByRole('navigation', { name: 'Places' })
        .getByRole('button', { name: new RegExp(`^${place}`) })
        .click()
      await expect(page.getByRole('heading', { name: place, level: 1 })).toBeVisible()
      await look(place)
    }
  })

  const heap = host.kind === 'electron' ? await pageHeap(page) : null
  const crossed = await frames.read()
  await host.restart()
  await expect(profiles.profileButton(host.page, 'Website')).toBeVisible()
  seen.push(...(await pageContent(host.page, 'the window after a restart')))
  const files = await filesBelow(host.userData)

  await test.step('the search finds what is there', async () => {
    expect(
      hits(
        files,
        ['AKIA…0001'].map((text) => Buffer.from(text).toString('latin1')),
      ),
    ).not.toEqual([])
    expect(hits(seen, ['AKIA…0001'])).not.toEqual([])
    expect(crossed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['createProfile', 'setProfileSecret', 'copyLinks']),
    )
    if (heap !== null) expect(hits([heap], ['price list.txt'])).not.toEqual([])
  })

  const secrets = [canary.secretAccessKey, wrongSecret].flatMap(spellings)
  const everywhere: Searched[] = [
    ...seen,
    ...files,
    { where: 'what the process printed', text: host.printed() },
    { where: 'what the page complained of', text: host.complaints.join('\n') },
    ...crossed.map(({ name, text }) => ({ where: `the answer of ${name}`, text })),
    ...(heap === null ? [] : [heap]),
  ]
  expect(hits(everywhere, secrets)).toEqual([])
  // A link crosses once, to the window that asked for it; nothing keeps or shows it.
  const passing = new Set(['the answer of copyLinks', 'the heap of the page'])
  expect(
    hits(
      everywhere.filter(({ where }) => !passing.has(where)),
      ['X-Amz-Signature', 'X-Amz-Credential', ...spellings(canary.accessKeyId)],
    ),
  ).toEqual([])
})
