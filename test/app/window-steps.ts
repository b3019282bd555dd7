import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Locator, type Page } from 'playwright/test'
import type { Host } from './host.ts'
import { projectRoot } from './host.ts'

/** What a person does in the window, found by the names that a screen reader would say. */

/** The file list's row of a name; extensions are shown apart, so the whole accessible text is compared. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('grid', { name: 'Files' }).getByRole('row').filter({ hasText: name })
}

/** The panel with the facts of the selected object. */
export function inspector(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Inspector' })
}

/** Opens a bucket from the sidebar and waits for its list. */
export async function openBucket(page: Page, bucket: string): Promise<void> {
  await page
    .getByRole('region', { name: 'Buckets' })
    .getByRole('button', { name: bucket, exact: true })
    .click()
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' })).toContainText(bucket)
}

/** Creates a bucket with the dialog; the new bucket is open afterwards. */
export async function createBucket(
  page: Page,
  name: string,
  access: 'private' | 'per-object',
): Promise<void> {
  await page.getByRole('button', { name: 'New bucket' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'New bucket' })
  await dialog.getByLabel('Bucket name').fill(name)
  await dialog
    .getByRole('radio', { name: access === 'private' ? /Private/ : /Decided for each file/ })
    .click()
  await dialog.getByRole('button', { name: 'Create bucket' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' })).toContainText(name)
}

/** Drops files on the window, says for whom they are, and waits until they are there. */
export async function dropAndUpload(
  host: Host,
  paths: readonly string[],
  visibility: 'public' | 'private',
): Promise<void> {
  await host.drop(paths)
  const sheet = host.page.getByRole('dialog', { name: /^Upload / })
  const asPrivate = sheet.getByRole('switch', { name: 'Private' })
  if ((await asPrivate.getAttribute('aria-checked')) !== String(visibility === 'private'))
    await asPrivate.click()
  await sheet.getByRole('button', { name: 'Start upload' }).click()
  await expect(sheet).toBeHidden()
}

/** Selects one object of the list. */
export async function selectObject(page: Page, name: string): Promise<void> {
  await row(page, name).click()
  await expect(inspector(page)).toBeVisible()
}

/** The plain URL of the selected object, as the inspector copies it. */
export async function publicUrlOfSelected(host: Host): Promise<string> {
  await inspector(host.page).getByRole('button', { name: 'Copy URL' }).click()
  await expect.poll(() => host.clipboard()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[^?]+$/)
  return host.clipboard()
}

/** The private switch on the selected object. */
export async function makePrivate(page: Page): Promise<void> {
  await inspector(page).getByRole('button', { name: 'Make private' }).click()
}

/** The dialog that is open. A toast is a dialog too, for those who listen, and stays for some seconds. */
export function openDialog(page: Page): Locator {
  return page.getByRole('dialog').and(page.locator(':not(.toast)'))
}

/** Going public is two-step: what becomes public is named and confirmed. */
export async function makePublic(page: Page): Promise<void> {
  await inspector(page).getByRole('button', { name: 'Make public…' }).click()
  const dialog = openDialog(page)
  await dialog.getByRole('button', { name: /Make public/ }).click()
  await expect(dialog).toBeHidden()
}

/** Copies an expiring link of one object with an expiry from the menu. */
export async function copyLink(page: Page, name: string, expiry: string): Promise<void> {
  await selectObject(page, name)
  await inspector(page).getByRole('button', { name: 'Link expiry' }).click()
  await page
    .getByRole('menuitem', { name: expiry })
    .or(page.getByRole('menuitemradio', { name: expiry }))
    .click()
}

/** Opens the playground, and makes a bucket and a static destination for a folder in it. */
export async function openStaticSite(host: Host, bucket: string, folder: string): Promise<void> {
  const { page } = host
  await page.getByRole('button', { name: /Try it here/ }).click()
  await createBucket(page, bucket, 'per-object')
  await createStaticDestination(host, folder)
}

/** Makes a static destination for a folder in the bucket that is open. */
export async function createStaticDestination(host: Host, folder: string): Promise<void> {
  const { page } = host
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Static' }).click()
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  await chooseFolder(host, dialog.getByRole('button', { name: 'Choose folder…' }), folder)
  await dialog.getByRole('button', { name: 'Create destination' }).click()
  await expect(dialog).toBeHidden()
}

/** Makes a static destination for the sample site and plans its publication. */
export async function planSampleSite(host: Host): Promise<void> {
  const { page } = host
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Static' }).click()
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  await dialog.getByRole('button', { name: 'Use the sample site' }).click()
  await expect(dialog.getByText('sample-site')).toBeVisible()
  await dialog.getByRole('button', { name: 'Create destination' }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await expect(page.getByRole('grid', { name: 'Plan' }).getByText('index.html')).toBeVisible()
}

/** Publishes the sample site. Answers how many files went up. */
export async function syncSampleSite(host: Host): Promise<number> {
  await planSampleSite(host)
  await host.page.getByRole('button', { name: 'Apply' }).click()
  const done = host.page.getByText(/\d+ files uploaded/).first()
  await expect(done).toBeVisible()
  return Number(/\d+/.exec((await done.textContent()) ?? '')?.[0] ?? 0)
}

/** Plans again and expects one line that says that there is nothing to do. */
export async function expectNothingToSync(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await expect(page.getByText(/Nothing to do|up to date/i).first()).toBeVisible()
}

/** Takes a picture of the screen as it is, in light and dark, wide and narrow, for people to look at. */
export async function picture(host: Host, name: string): Promise<void> {
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
  ] as const) {
    for (const scheme of ['light', 'dark'] as const) await onePicture(host, name, { width, height, scheme })
  }
  await host.page.emulateMedia({ colorScheme: 'light' })
  await resize(host, 1280, 800)
}

/** One picture of the screen as it is, in this size and scheme. */
export async function onePicture(
  host: Host,
  name: string,
  { width, height, scheme }: { width: number; height: number; scheme: 'light' | 'dark' },
): Promise<void> {
  const folder = join(projectRoot, 'test/output/screenshots', host.kind)
  await mkdir(folder, { recursive: true })
  await resize(host, width, height)
  await host.page.emulateMedia({ colorScheme: scheme })
  await host.page.waitForTimeout(150)
  await host.page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`) })
}

/** Gives the window's content this size, in CSS pixels. */
export async function resize(host: Host, width: number, height: number): Promise<void> {
  if (host.electron === null) return host.page.setViewportSize({ width, height })
  await host.electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  )
  await host.page.waitForFunction((wanted) => Math.abs(window.innerWidth - wanted) < 3, width)
}

/** Presses what asks for a folder and chooses one: in the system's dialog, or by typing its path in a browser. */
export async function chooseFolder(host: Host, button: Locator, path: string): Promise<void> {
  if (host.electron !== null) await host.answerFolderDialog(path)
  await button.click()
  if (host.electron !== null) return
  const typed = host.page.getByRole('dialog', { name: 'Choose folder' })
  await typed.getByLabel('Folder path').fill(path)
  await typed.getByRole('button', { name: 'Choose', exact: true }).click()
  await expect(typed).toBeHidden()
}

/** Goes to the transfers. */
export async function showTransfers(page: Page): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Transfers/ })
    .click()
}

/** A line of the palette, by the keyboard alone. */
export async function inPalette(page: Page, line: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k')
  const palette = page.getByRole('dialog', { name: 'Commands' })
  await expect(palette.getByRole('combobox')).toBeFocused()
  await page.keyboard.type(line)
  await expect(palette.getByRole('option', { selected: true })).toContainText(line)
  await page.keyboard.press('Enter')
}
