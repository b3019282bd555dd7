import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Locator } from 'playwright/test'
import { refuse, startGate } from '../s3/gate.ts'
import type { Host } from './host.ts'
import * as profiles from './profile-steps.ts'
import { canary, startService, test } from './service.ts'
import * as window from './window-steps.ts'

const savedProfiles = async (host: Host) => {
  const listed = await host.page.evaluate(() => globalThis.window.api.listProfiles({}))
  return listed.ok ? listed.value : []
}

const report = (dialog: Locator) => dialog.getByRole('region', { name: 'Connection test' })

test('S17 an unknown key and a wrong secret are each told, and can be typed again', async ({
  host,
  service,
}) => {
  const dialog = await profiles.openConnect(host.page)
  await profiles.fillConnection(dialog, {
    name: 'Typed wrongly',
    endpoint: service.endpoint,
    accessKeyId: 'AKIANOBODYKNOWSTHIS1',
  })
  await profiles.keepSecret(dialog, 'Test connection', report(dialog))
  await expect(report(dialog)).toContainText('This profile cannot be used yet')
  const unknown = await profiles.reportLines(dialog)
  expect(unknown[0]).toMatch(/^Works:/)
  expect(unknown[1]).toMatch(/^Does not work: .*access key/i)

  await dialog.getByRole('button', { name: 'Replace keys' }).click()
  await dialog.getByLabel('Access key ID').fill(canary.accessKeyId)
  await dialog.getByLabel('Secret access key').fill('not-the-secret')
  await profiles.keepSecret(dialog, 'Test connection', report(dialog))
  await expect(report(dialog)).toContainText(/secret/i)
  const wrong = await profiles.reportLines(dialog)
  expect(wrong[1]).toMatch(/^Does not work: .*secret/i)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(
    host.page.getByRole('alert').filter({ hasText: 'The secret key is not right.' }).first(),
  ).toBeVisible()
  expect(host.complaints).toEqual([])
})

test('F1 a server that is not there is told within seconds', async ({ host }) => {
  // A port that was free a moment ago.
  const probe = createServer()
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready))
  const { port } = probe.address() as AddressInfo
  await new Promise((closed) => probe.close(closed))

  const dialog = await profiles.openConnect(host.page)
  await profiles.fillConnection(dialog, { name: 'Nobody there', endpoint: `http://127.0.0.1:${port}` })
  await profiles.keepSecret(dialog, 'Test connection', report(dialog))
  const lines = await profiles.reportLines(dialog)
  expect(lines[0]).toMatch(/^Does not work:/)
  await expect(report(dialog)).toContainText('This profile cannot be used yet')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(
    host.page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).first(),
  ).toBeVisible()
})

test('S29 an endpoint with a path, a user or an unsafe address is refused before anything is sent', async ({
  host,
}) => {
  const dialog = await profiles.openConnect(host.page)
  await profiles.fillConnection(dialog, { name: 'Refused', endpoint: 'https://s3.example.org' })
  const save = dialog.getByRole('button', { name: 'Save' })
  const endpoint = dialog.getByLabel('Endpoint')
  for (const [typed, words] of [
    ['https://s3.example.org/bucket', 'Only the host, nothing after it.'],
    ['https://s3.example.org?list-type=2', 'Only the host, nothing after it.'],
    ['https://s3.example.org#bucket', 'Only the host, nothing after it.'],
    ['https://me:secret@s3.example.org', 'No user name or password here; keys go below.'],
    ['ftp://s3.example.org', 'It starts with https:// (or http:// on this computer).'],
    ['s3.example.org', 'It starts with https:// (or http:// on this computer).'],
  ] as const) {
    await endpoint.fill(typed)
    await save.click()
    await expect(endpoint, typed).toHaveAccessibleDescription(words)
    await expect(endpoint, typed).toHaveAttribute('aria-invalid', 'true')
  }
  for (const typed of [
    'https://169.254.169.254',
    'https://[fe80::1]',
    'https://[fd00:ec2::254]',
    'https://[::ffff:169.254.169.254]',
    'https://2852039166',
    'https://0.0.0.0',
    'https://100.100.100.200',
    'https://metadata.google.internal',
  ]) {
    await endpoint.fill(typed)
    await save.click()
    await expect(dialog.getByRole('alert'), typed).toContainText('Pail does not connect to this endpoint.')
    expect(await savedProfiles(host), typed).toEqual([])
    // The next one has to bring its own note.
    await endpoint.fill('https://s3.example.org/bucket')
    await save.click()
    await expect(dialog.getByRole('alert')).toBeHidden()
  }
  expect(host.complaints).toEqual([])
})

test('S28 http off this computer needs the host name typed, and wears a badge for ever', async ({ host }) => {
  const { page } = host
  const dialog = await profiles.openConnect(page)
  await profiles.fillConnection(dialog, { name: 'In the clear', endpoint: 'http://storage.invalid' })
  // Without keys nothing is sent, and the host needs not exist.
  await dialog.getByLabel('Access key ID').fill('')
  await dialog.getByLabel('Secret access key').fill('')
  const warning = dialog.getByRole('status').filter({ hasText: 'This connection would not be encrypted' })
  await expect(warning).toBeVisible()
  const consent = dialog.getByLabel('Host name')
  const save = dialog.getByRole('button', { name: 'Save' })
  for (const typed of ['', 'storage', 'yes']) {
    await consent.fill(typed)
    await save.click()
    await expect(consent).toHaveAccessibleDescription('Type storage.invalid to confirm.')
  }
  expect(await savedProfiles(host)).toEqual([])
  await consent.fill('storage.invalid')
  await save.click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Not encrypted (http)')).toBeVisible()

  await test.step('consent is to one host and not to the next', async () => {
    await profiles.chooseInProfileMenu(page, 'Edit profile…')
    const edit = page.getByRole('dialog', { name: 'Edit profile' })
    await edit.getByLabel('Endpoint').fill('http://other.invalid')
    await edit.getByRole('button', { name: 'Save' }).click()
    await expect(edit.getByLabel('Host name')).toHaveAccessibleDescription('Type other.invalid to confirm.')
    await edit.getByRole('button', { name: 'Cancel' }).click()
  })

  await host.restart()
  await expect(host.page.getByText('Not encrypted (http)')).toBeVisible()
  expect((await savedProfiles(host))[0]).toMatchObject({
    endpoint: 'http://storage.invalid',
    insecureConsent: 'storage.invalid',
    insecure: true,
  })
})

for (const [side, hours] of [
  ['ahead', 1],
  ['behind', -1],
] as const) {
  test(`F18 a server whose clock is an hour ${side} is told, and everything works with it`, async ({
    host,
    workFolder,
  }) => {
    const service = await startService(join(workFolder, 'service'), hours * 3_600_000)
    try {
      await service.createBucket('website')
      const dialog = await profiles.openConnect(host.page)
      await profiles.fillConnection(dialog, { name: 'Other time', endpoint: service.endpoint })
      await profiles.keepSecret(dialog, 'Test connection', report(dialog))
      await expect(report(dialog)).toContainText('This profile can be used')
      const lines = await profiles.reportLines(dialog)
      expect(lines[3]).toMatch(
        new RegExp(
          `^Does not work: .*clock is 60 minutes ${hours > 0 ? 'behind' : 'ahead of'} the service’s`,
        ),
      )
      await dialog.getByRole('button', { name: 'Save' }).click()
      await window.openBucket(host.page, 'website')
      await writeFile(join(workFolder, 'note.txt'), 'on time')
      await window.dropAndUpload(host, [join(workFolder, 'note.txt')], 'private')
      await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
      expect(await (await fetch(await host.clipboard())).text()).toBe('on time')
      expect(host.complaints).toEqual([])
    } finally {
      await service.close()
    }
  })
}

test('a bucket name that is invalid is told as it is typed, and one that is taken when it is asked for', async ({
  host,
  service,
}) => {
  const { page } = host
  const gate = await startGate(service.endpoint, (request, response) =>
    request.method === 'PUT' && request.url?.startsWith('/taken-name')
      ? refuse(response, 409, 'BucketAlreadyExists', 'The requested bucket name is not available.')
      : 'pass',
  )
  try {
    await profiles.connect(host, { name: 'Names', endpoint: gate.endpoint })
    await page.getByRole('button', { name: 'New bucket' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'New bucket' })
    const name = dialog.getByLabel('Bucket name')
    const create = dialog.getByRole('button', { name: 'Create bucket' })
    for (const [typed, words] of [
      ['ab', 'at least 3 characters'],
      ['My-bucket', 'no capital letters'],
      ['my_bucket', 'no underscores'],
      ['my bucket', 'no spaces'],
      ['größe', 'only letters a–z, digits, hyphens and dots'],
      ['-bucket', 'starts with a letter or a digit'],
      ['bucket-', 'ends with a letter or a digit'],
      ['two..dots', 'no two dots in a row'],
      ['192.168.0.1', 'address'],
    ] as const) {
      await name.fill(typed)
      await expect(name, typed).toHaveAccessibleDescription(new RegExp(words))
      await expect(create, typed).toBeDisabled()
    }
    await name.fill('taken-name')
    await create.click()
    await expect(dialog.getByRole('alert')).toContainText('This name is taken.')
    await name.fill('free-name')
    await expect(dialog.getByRole('alert')).toBeHidden()
    await create.click()
    await expect(dialog).toBeHidden()
    await window.openBucket(page, 'free-name')
    expect(host.complaints).toEqual([])
  } finally {
    await gate.close()
  }
})
