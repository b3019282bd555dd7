import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { lookAt } from './accessible.ts'
import { awsFiles, type Host } from './host.ts'
import * as profiles from './profile-steps.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

/** A presigned URL's life, as it is signed: in seconds, and its end. */
function lifeOf(link: string): { seconds: number; endsAt: number } {
  const { searchParams } = new URL(link)
  const seconds = Number(searchParams.get('X-Amz-Expires'))
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? []
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return { seconds, endsAt: signedAt + seconds * 1000 }
}

/** A moment as the window writes it. */
function written(page: Page, at: number): Promise<string> {
  return page.evaluate(
    (ms) => new Date(ms).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
    at,
  )
}

/** Opens the sheet of one link, takes the link from it, and answers with what the sheet says of its life. */
async function share(host: Host, name: string, picture: string): Promise<{ link: string; words: string }> {
  const { page } = host
  await window.selectObject(page, name)
  await window.inspector(page).getByRole('button', { name: 'Share link…' }).click()
  const sheet = page.getByRole('dialog', { name: `Share ${name}` })
  const words = sheet.getByText(/^Works until /)
  await expect(words).toBeVisible()
  await lookAt(host, picture)
  const before = await host.clipboard()
  await sheet.getByRole('button', { name: 'Copy link' }).click()
  await expect.poll(() => host.clipboard()).not.toBe(before)
  const shared = { link: await host.clipboard(), words: (await words.textContent()) ?? '' }
  await sheet.getByRole('button', { name: 'Close' }).last().click()
  await expect(sheet).toBeHidden()
  return shared
}

test('whatever bounds the life of a link is told with it: what was asked, seven days, the policy, the end of the keys', async ({
  host,
  service,
}) => {
  test.setTimeout(180_000)
  const { page } = host
  for (const bucket of ['open-ended', 'strict']) {
    await service.createBucket(bucket)
    await service.put(bucket, 'price list.txt', 'hello')
  }
  await service.setPolicy('strict', [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::strict/*',
      Condition: { NumericGreaterThan: { 's3:signatureAge': 600_000 } },
    },
  ])
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })

  await test.step('as long as was asked', async () => {
    await window.openBucket(page, 'open-ended')
    const { link, words } = await share(host, 'price list.txt', '70-link-as-asked')
    const { seconds, endsAt } = lifeOf(link)
    expect(seconds).toBe(3600)
    expect(words).toContain(`Works until ${await written(page, endsAt)}. Tested: it works.`)
  })

  await test.step('seven days: more cannot be asked for', async () => {
    await window.inspector(page).getByRole('button', { name: 'Link expiry' }).click()
    await page
      .getByRole('menuitem', { name: /^Custom…/ })
      .or(page.getByRole('menuitemradio', { name: /^Custom…/ }))
      .click()
    const dialog = page.getByRole('dialog', { name: 'Copy link' })
    const amount = dialog.getByLabel('Works for')
    await dialog.getByRole('combobox', { name: 'Unit' }).click()
    await page.getByRole('option', { name: 'days' }).click()
    await amount.fill('7.1')
    await expect(amount).toHaveAccessibleDescription('S3 allows 7 days at most.')
    await expect(dialog.getByRole('button', { name: 'Copy link' })).toBeDisabled()
    await lookAt(host, '71-link-seven-days')
    await amount.fill('7')
    const before = await host.clipboard()
    await dialog.getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => host.clipboard()).not.toBe(before)
    const { seconds, endsAt } = lifeOf(await host.clipboard())
    expect(seconds).toBe(7 * 24 * 3600)
    await expect(
      page.getByText(`Works until ${await written(page, endsAt)}. Tested: it works.`),
    ).toBeVisible()
  })

  await test.step('no longer than the bucket’s policy lets a signature be old', async () => {
    await window.openBucket(page, 'strict')
    const { link, words } = await share(host, 'price list.txt', '72-link-policy')
    const { seconds, endsAt } = lifeOf(link)
    expect(seconds).toBe(600)
    expect(words).toContain(
      `Works until ${await written(page, endsAt)}. The bucket’s policy allows no longer. Tested: it works.`,
    )
  })

  await test.step('no longer than the keys that it is signed with', async () => {
    const keysEnd = Date.now() + 20 * 60_000
    const { config } = awsFiles(host.userData)
    const answer = join(dirname(config), 'keys.json')
    await mkdir(dirname(config))
    await writeFile(
      answer,
      JSON.stringify({
        Version: 1,
        AccessKeyId: canary.accessKeyId,
        SecretAccessKey: canary.secretAccessKey,
        Expiration: new Date(keysEnd).toISOString(),
      }),
    )
    await writeFile(
      config,
      `[profile desk]\nregion = ${service.region}\nendpoint_url = ${service.endpoint}\ncredential_process = cat ${answer}\n`,
    )
    await profiles.chooseInProfileMenu(page, 'Use my AWS profiles…')
    await page.getByRole('button', { name: 'Allow this command and use desk' }).click()
    await expect(profiles.profileButton(page, 'desk')).toBeVisible()
    await window.openBucket(page, 'open-ended')
    const { link, words } = await share(host, 'price list.txt', '73-link-keys-end')
    const { seconds, endsAt } = lifeOf(link)
    expect(seconds).toBeGreaterThan(18 * 60)
    expect(Math.abs(endsAt - keysEnd)).toBeLessThan(1500)
    expect(words).toContain(
      `Works until ${await written(page, endsAt)}. It ends early because the keys of this profile are temporary. Tested: it works.`,
    )
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
