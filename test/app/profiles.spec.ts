import { expect } from 'playwright/test'
import { createKeytarKeychain } from '../../src-main/keychain/keytar-keychain.ts'
import { refuse, startGate } from '../s3/gate.ts'
import * as profiles from './profile-steps.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

test('S17 S19 a service is connected with its keys, tested in four lines, and there after a restart', async ({
  host,
  service,
}) => {
  await service.createBucket('website')
  await service.put('website', 'index.html', '<h1>Hello</h1>')
  await service.put('website', 'pictures/team.jpg', 'jpeg')

  const dialog = await profiles.openConnect(host.page)
  await profiles.fillConnection(dialog, { name: 'Our website', endpoint: service.endpoint })
  const secret = dialog.getByLabel('Secret access key')
  await expect(secret).toHaveAttribute('type', 'password')
  await expect(secret).toHaveAttribute('autocomplete', 'off')
  const report = dialog.getByRole('region', { name: 'Connection test' })
  const kept = await profiles.keepSecret(dialog, 'Test connection', report)
  await expect(report).toContainText('This profile can be used')
  const lines = await profiles.reportLines(dialog)
  expect(lines.map((line) => line.split(': ')[0])).toEqual(['Works', 'Works', 'Works', 'Works'])
  expect(lines[0]).toContain(`${service.endpoint} answers`)
  expect(lines[1]).toContain('accepts the keys')
  expect(lines[2]).toContain('may list')
  expect(lines[3]).toContain('clock agrees')
  await expect(secret).toHaveCount(0)
  await expect(dialog.getByText('AKIA…0001')).toBeVisible()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()

  await test.step('its buckets and files are listed', async () => {
    await window.openBucket(host.page, 'website')
    await expect(window.row(host.page, 'index.html')).toBeVisible()
    await window.row(host.page, 'pictures').dblclick()
    await expect(window.row(host.page, 'team.jpg')).toBeVisible()
  })

  // After a restart the page is another one.
  const badge = () => host.page.getByRole('button', { name: 'This session only' })
  await expect(badge()).toHaveCount(kept === 'session' ? 1 : 0)

  await host.restart()
  await expect(profiles.profileButton(host.page, 'Our website')).toBeVisible()
  if (kept === 'keychain') {
    await window.openBucket(host.page, 'website')
    await expect(window.row(host.page, 'index.html')).toBeVisible()
  } else {
    await test.step('without a keychain the profile is there, and its keys are asked for again', async () => {
      await host.page.getByRole('button', { name: /^No (keychain|keys)$/ }).click()
      const edit = host.page.getByRole('dialog', { name: 'Edit profile' })
      await expect(edit.getByLabel('Endpoint')).toHaveValue(service.endpoint)
      await edit.getByLabel('Access key ID').fill(canary.accessKeyId)
      await edit.getByLabel('Secret access key').fill(canary.secretAccessKey)
      await profiles.keepSecret(edit, 'Save', badge())
      await expect(edit).toBeHidden()
      await window.openBucket(host.page, 'website')
      await expect(window.row(host.page, 'index.html')).toBeVisible()
    })
  }
  expect(host.complaints).toEqual([])
})

test('S17 S21 a profile is edited, duplicated, switched and deleted', async ({ host, service }) => {
  const { page } = host
  await service.createBucket('first-bucket')
  const kept = await profiles.connect(host, { name: 'Draft', endpoint: service.endpoint })
  const idOf = (name: string) =>
    page.evaluate(async (wanted) => {
      const listed = await globalThis.window.api.listProfiles({})
      return (listed.ok ? listed.value : []).find((profile) => profile.name === wanted)?.id ?? ''
    }, name)
  /** What the keychain itself has of a profile; nothing is asked where there is none. */
  const expectItem = async (profileId: string, item: typeof canary | null) => {
    if (kept === 'keychain')
      expect(JSON.parse((await keychain.get(`profile-${profileId}`)) ?? 'null')).toEqual(item)
  }
  const keychain = createKeytarKeychain()
  const original = await idOf('Draft')
  let copy = ''
  await expectItem(original, canary)

  await test.step('edited: the keys stay as they are', async () => {
    await profiles.chooseInProfileMenu(page, 'Edit profile…')
    const dialog = page.getByRole('dialog', { name: 'Edit profile' })
    await expect(dialog.getByLabel('Secret access key')).toHaveCount(0)
    await dialog.getByLabel('Name', { exact: true }).fill('Production')
    await dialog.getByRole('radio', { name: 'red' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
    await expect(profiles.profileButton(page, 'Production')).toBeVisible()
    await window.openBucket(page, 'first-bucket')
  })

  await test.step('duplicated: with keys of its own', async () => {
    await profiles.chooseInProfileMenu(page, 'Duplicate profile')
    const dialog = page.getByRole('dialog', { name: 'Edit profile' })
    await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('Production copy')
    await dialog.getByLabel('Name', { exact: true }).fill('Staging')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
    await expect(profiles.profileButton(page, 'Staging')).toBeVisible()
    await window.openBucket(page, 'first-bucket')
    copy = await idOf('Staging')
    expect(copy).not.toBe(original)
    await expectItem(copy, canary)
  })

  await test.step('switched, there and back', async () => {
    await profiles.chooseInProfileMenu(page, 'Production')
    await expect(profiles.profileButton(page, 'Production')).toBeVisible()
    await profiles.chooseInProfileMenu(page, 'Staging')
    await expect(profiles.profileButton(page, 'Staging')).toBeVisible()
  })

  await test.step('deleted in two steps; Enter on the question does not delete', async () => {
    const question = page.getByRole('dialog', { name: 'Delete the profile Staging?' })
    await profiles.chooseInProfileMenu(page, 'Delete profile…')
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(question).toBeHidden()
    await expect(profiles.profileButton(page, 'Staging')).toBeVisible()
    await profiles.chooseInProfileMenu(page, 'Delete profile…')
    await question.getByRole('button', { name: 'Delete profile' }).click()
    await expect(question).toBeHidden()
    await expect(profiles.profileButton(page, 'Production')).toBeVisible()
    await page.getByRole('button', { name: /^Profile: / }).click()
    await expect(page.getByRole('menuitemradio')).toHaveText(['Production'])
    await page.keyboard.press('Escape')
    await expectItem(copy, null)
    await expectItem(original, canary)
  })

  await test.step('the one that stays has its keys still', async () => {
    await window.openBucket(page, 'first-bucket')
    expect(await service.keys('first-bucket')).toEqual([])
  })

  await test.step('the last one deleted leads back to the first screen', async () => {
    await profiles.chooseInProfileMenu(page, 'Delete profile…')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete profile' }).click()
    await expect(page.getByRole('button', { name: 'Connect a bucket', exact: true })).toBeVisible()
    await expectItem(original, null)
  })
  expect(host.complaints).toEqual([])
})

test('S17 a dialog that is cancelled after a test leaves no profile', async ({ host, service }) => {
  const dialog = await profiles.openConnect(host.page)
  await profiles.fillConnection(dialog, { name: 'Only a try', endpoint: service.endpoint })
  const report = dialog.getByRole('region', { name: 'Connection test' })
  await profiles.keepSecret(dialog, 'Test connection', report)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(dialog).toBeHidden()
  await expect(host.page.getByRole('button', { name: 'Connect a bucket', exact: true })).toBeVisible()
  const listed = await host.page.evaluate(() => globalThis.window.api.listProfiles({}))
  expect(listed).toEqual({ ok: true, value: [] })
})

test('a key that may not list buckets works with a bucket’s name', async ({ host, service }) => {
  const { page } = host
  await service.createBucket('only-mine')
  await service.put('only-mine', 'report.pdf', 'pdf')
  const gate = await startGate(service.endpoint, (request, response) =>
    request.method === 'GET' && /^\/(\?|$)/.test(request.url ?? '')
      ? refuse(response, 403, 'AccessDenied', 'Access Denied')
      : 'pass',
  )
  try {
    const dialog = await profiles.openConnect(page)
    await profiles.fillConnection(dialog, { name: 'One bucket', endpoint: gate.endpoint })
    const report = dialog.getByRole('region', { name: 'Connection test' })
    await profiles.keepSecret(dialog, 'Test connection', report)
    const lines = await profiles.reportLines(dialog)
    expect(lines[0]).toMatch(/^Works:/)
    expect(lines[1]).toMatch(/^Works:/)
    expect(lines[2]).toMatch(/^Does not work:.*may not list/)
    await expect(report).toContainText('This profile can be used')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()

    await page.getByRole('main').getByRole('button', { name: 'Add a bucket by name' }).click()
    const add = page.getByRole('dialog', { name: 'Add a bucket by name' })
    await add.getByLabel('Bucket name').fill('only-mine')
    await add.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(add).toBeHidden()
    await expect(window.row(page, 'report.pdf')).toBeVisible()

    await test.step('the name stays in the list', async () => {
      await page.reload()
      await window.openBucket(page, 'only-mine')
      await expect(window.row(page, 'report.pdf')).toBeVisible()
    })
    expect(host.complaints).toEqual([])
  } finally {
    await gate.close()
  }
})
