import { expect, type Locator, type Page } from 'playwright/test'
import type { Host } from './host.ts'
import { canary } from './service.ts'

/** What a person does with profiles, found by the names that a screen reader would say. */

/** The fields of "Connect a bucket"; what is left out stays as the dialog has it. */
export interface Connection {
  readonly name: string
  readonly endpoint: string
  readonly region?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
}

/** The dialog for a new profile, opened from the first screen or from the menu of profiles. */
export async function openConnect(page: Page): Promise<Locator> {
  const door = page.getByRole('button', { name: 'Connect a bucket', exact: true })
  const switcher = page.getByRole('button', { name: /^Profile: / })
  await expect(door.or(switcher)).toBeVisible()
  if (await door.isVisible()) await door.click()
  else {
    await switcher.click()
    await page.getByRole('menuitem', { name: 'Connect a bucket…' }).click()
  }
  const dialog = page.getByRole('dialog', { name: 'Connect a bucket' })
  await expect(dialog).toBeVisible()
  return dialog
}

/** Fills in a service that is none of the known ones. */
export async function fillConnection(dialog: Locator, connection: Connection): Promise<void> {
  await dialog.getByLabel('Name', { exact: true }).fill(connection.name)
  await dialog.getByRole('combobox', { name: 'Provider' }).click()
  await dialog.page().getByRole('option', { name: 'Other S3 service' }).click()
  await dialog.getByLabel('Endpoint').fill(connection.endpoint)
  await dialog.getByRole('combobox', { name: 'Region' }).fill(connection.region ?? 'us-east-1')
  await dialog.getByLabel('Access key ID').fill(connection.accessKeyId ?? canary.accessKeyId)
  await dialog.getByLabel('Secret access key').fill(connection.secretAccessKey ?? canary.secretAccessKey)
}

/** Where a typed secret ended up: depends on whether this computer has a keychain. */
export type Kept = 'keychain' | 'session'

/**
 * Presses a button of the dialog that keeps the typed secret, and where there is no keychain says that the session is
 * enough. `done` is what shows that it went on.
 */
export async function keepSecret(dialog: Locator, button: string, done: Locator): Promise<Kept> {
  const forSession = dialog.getByRole('button', { name: 'Keep for this session' })
  await dialog.getByRole('button', { name: button, exact: true }).click()
  await expect(forSession.or(done)).toBeVisible()
  if (!(await forSession.isVisible())) return 'keychain'
  await expect(dialog.getByText('There is no keychain', { exact: true })).toBeVisible()
  await forSession.click()
  await expect(done).toBeVisible()
  return 'session'
}

/** The lines of "Test connection", each as `name: outcome: sentence`. */
export async function reportLines(dialog: Locator): Promise<string[]> {
  const report = dialog.getByRole('region', { name: 'Connection test' })
  await expect(report).toBeVisible()
  return Promise.all(
    (await report.getByRole('listitem').all()).map(async (line) => {
      const outcome = await line.getByRole('img').getAttribute('aria-label')
      return `${outcome}: ${(await line.innerText()).replace(/\s+/g, ' ')}`
    }),
  )
}

/** Connects a service from nothing: fills in the dialog, tests, saves. Answers where the secret is. */
export async function connect(host: Host, connection: Connection): Promise<Kept> {
  const dialog = await openConnect(host.page)
  await fillConnection(dialog, connection)
  const kept = await keepSecret(
    dialog,
    'Test connection',
    dialog.getByRole('region', { name: 'Connection test' }),
  )
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(profileButton(host.page, connection.name)).toBeVisible()
  return kept
}

/** The button that shows the profile in use. */
export function profileButton(page: Page, name: string): Locator {
  return page.getByRole('button', { name: `Profile: ${name}`, exact: true })
}

/** Chooses a line of the menu of profiles. */
export async function chooseInProfileMenu(page: Page, line: string): Promise<void> {
  await page.getByRole('button', { name: /^Profile: / }).click()
  await page
    .getByRole('menuitem', { name: line, exact: true })
    .or(page.getByRole('menuitemradio', { name: line, exact: true }))
    .click()
}
